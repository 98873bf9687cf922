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
    await mkdir(dirname(path), { recursive: true });
    await writeFile(beside, text);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    const why = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new InputError("FILE-UNWRITABLE", `${path}: cannot be written (${why})`, "choose another folder: --out DIR");
  }
}
