import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { CorpusText } from "../harness/corpus/read.ts";
import { InputError } from "../model/failure.ts";
import { readTextIfPresent } from "./byte-source.ts";

/**
 * The files of a corpus: every `.json` of the folder. `undefined`: there is no such folder.
 *
 * - **Errors**: `InputError` FILE-…, CORPUS-FOLDER for something that is no folder.
 */
export async function corpusFiles(folder: string): Promise<CorpusText[] | undefined> {
  const names = await namesIn(folder);
  if (names === undefined) return undefined;
  const texts: CorpusText[] = [];
  for (const name of names.filter((found) => found.endsWith(".json")).sort()) {
    const file = join(folder, name);
    const text = await readTextIfPresent(file);
    if (text !== undefined) texts.push({ file, text });
  }
  return texts;
}

async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    if (code === "ENOENT") return undefined;
    throw new InputError(
      "CORPUS-FOLDER",
      `${folder}: cannot be read as a folder (${code})`,
      "name a folder, such as asilab-corpus",
    );
  }
}
