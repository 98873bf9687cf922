import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { GENERATORS } from "./docs-generators.ts";
import type { BlockGenerator } from "./generated-blocks.ts";
import { regenerate } from "./generated-blocks.ts";
import { markdownFiles } from "./markdown-files.ts";

/** `check` only compares; `write` also replaces the files that drifted. */
export type Mode = "check" | "write";

/**
 * Brings the generated blocks of all Markdown files below `root` up to date, or says which are not.
 *
 * - **Shapes, units**: one answer line per drifted block, `FILE:LINE: block NAME: PROBLEM`, in file order.
 * - **Errors**: a block that cannot be generated is reported in both modes; the file's other blocks are still written.
 */
export async function docs(
  root: string,
  mode: Mode,
  generators: ReadonlyMap<string, BlockGenerator>,
): Promise<string[]> {
  const lines: string[] = [];
  for (const file of markdownFiles(root)) {
    const path = join(root, file);
    const before = readFileSync(path, "utf8");
    const { text, drifts } = await regenerate(before, generators);
    if (mode === "write" && text !== before) replace(path, text);
    const left = mode === "write" ? (await regenerate(text, generators)).drifts : drifts;
    lines.push(...left.map((drift) => `${file}:${drift.line}: block ${drift.block}: ${drift.problem}`));
  }
  return lines;
}

/** Beside and renamed: an interrupted run never leaves half a page. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

async function main(args: readonly string[]): Promise<number> {
  const [flag] = args;
  if (args.length !== 1 || (flag !== "--check" && flag !== "--write")) {
    process.stderr.write("usage: docs --check | --write\n");
    return 2;
  }
  const left = await docs(process.cwd(), flag === "--write" ? "write" : "check", GENERATORS);
  for (const line of left) process.stderr.write(`${line}\n`);
  if (left.length === 0) process.stdout.write("generated blocks: all up to date\n");
  else process.stderr.write("next: npm run build && npm run docs:write\n");
  return left.length === 0 ? 0 : 1;
}

const started = process.argv[1];
if (started !== undefined && import.meta.url === pathToFileURL(resolve(started)).href) {
  process.exitCode = await main(process.argv.slice(2));
}
