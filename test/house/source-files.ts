import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One text file of the product: its path from the root of the checkout, with slashes, and what it says. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const FOREIGN = new Set([".git", "node_modules", "dist", "coverage", "asilab-out"]);
const TEXT = /\.(ts|cjs|js|json|md|pml|html|css|svg|c|h|sh)$|^(LICENSE|\.ci\/run)$/;

/** Every text file of the checkout, sorted by path; dependencies, build output and recorded data are left out. */
export function sourceFiles(): SourceFile[] {
  return [...walk("")]
    .filter((path) => TEXT.test(path) && path !== "package-lock.json")
    .sort()
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder === "" ? "." : folder, { withFileTypes: true })) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && !FOREIGN.has(path)) yield* walk(join(path));
    else if (entry.isFile()) yield path;
  }
}
