import { readdirSync } from "node:fs";
import { join, relative } from "node:path";

/** Folders that hold no text of ours. */
const FOREIGN = new Set(["node_modules", "dist", "coverage", "asilab-out"]);

/** Every Markdown file below `root`, relative to it, sorted; hidden folders and build output are left out. */
export function markdownFiles(root: string): string[] {
  return [...walk(root)].map((path) => relative(root, path)).sort();
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.startsWith(".") || FOREIGN.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.name.endsWith(".md")) yield path;
  }
}
