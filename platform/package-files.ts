import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The path of a file that comes with the package, wherever that is installed. */
export function packageFile(name: string): string {
  return join(ROOT, name);
}

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { readonly version: string };
  return version;
}

/** This file runs as platform/… in a checkout and as dist/platform/… when built. */
const ABOVE = dirname(dirname(fileURLToPath(import.meta.url)));
const ROOT = /[\\/]dist$/.test(ABOVE) ? dirname(ABOVE) : ABOVE;
