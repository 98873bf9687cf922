import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { jsonSchemaTexts } from "../report/json-schema.ts";

/**
 * Brings docs/schema/ up to date with report/json-schema.ts, or says what is not: `node dist/tools/json-schemas.js --check`.
 *
 * - **Shapes, units**: one answer line per file that differs, is missing or is nobody's.
 */
export function jsonSchemas(folder: string, mode: "check" | "write"): string[] {
  const wanted = jsonSchemaTexts();
  if (mode === "write") mkdirSync(folder, { recursive: true });
  const strangers = readdirSync(folder).filter((file) => !wanted.has(file));
  if (mode === "write") {
    for (const file of strangers) rmSync(join(folder, file));
    for (const [file, text] of wanted) replace(join(folder, file), text);
    return [];
  }
  const stale = [...wanted].filter(([file, text]) => read(join(folder, file)) !== text).map(([file]) => file);
  return [
    ...stale.map((file) => `${file}: differs from its zod schema`),
    ...strangers.map((file) => `${file}: no schema`),
  ];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function main(args: readonly string[]): number {
  const [flag] = args;
  if (args.length !== 1 || (flag !== "--check" && flag !== "--write")) {
    process.stderr.write("usage: json-schemas --check | --write\n");
    return 2;
  }
  const left = jsonSchemas("docs/schema", flag === "--write" ? "write" : "check");
  for (const line of left) process.stderr.write(`docs/schema/${line}\n`);
  if (left.length > 0) process.stderr.write("next: npm run build && node dist/tools/json-schemas.js --write\n");
  return left.length === 0 ? 0 : 1;
}

const started = process.argv[1];
if (started !== undefined && import.meta.url === pathToFileURL(resolve(started)).href) {
  process.exitCode = main(process.argv.slice(2));
}
