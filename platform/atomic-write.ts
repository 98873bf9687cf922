import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { InputError } from "../model/failure.ts";

/**
 * Writes a file beside its place and renames it there, so that nobody ever sees half of it. Makes the folder if needed.
 *
 * - **Errors**: `InputError` FILE-UNWRITABLE.
 */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  try {
    await makeFolder(dirname(path));
    await writeFile(beside, text);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    const why = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new InputError("FILE-UNWRITABLE", `${path}: cannot be written (${why})`, "choose another folder: --out DIR");
  }
}

/** Step by step: the runtime's own recursive form never comes back from a folder below /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}
