import type { Command } from "commander";
import { readCorpusFolder, type StoredEntry } from "../../index.ts";
import { InputError } from "../../model/failure.ts";
import { type CommonFlags, commonFlags } from "../session.ts";

export interface CorpusFlags extends CommonFlags {
  readonly dir: string;
}

/** The folder of a corpus, as every verb of it takes it. */
export function dirFlag(command: Command): Command {
  return command.option("--dir <dir>", "folder of the corpus", folder, "asilab-corpus");
}

export function corpusFlags(command: Command): Command {
  return dirFlag(commonFlags(command));
}

/** Errors: those of reading it; `InputError` CORPUS-MISSING where there is none. */
export async function corpusIn(dir: string): Promise<readonly StoredEntry[]> {
  const stored = await readCorpusFolder(dir);
  if (stored !== undefined && stored.length > 0) return stored;
  const what = stored === undefined ? "there is no such folder" : "the folder holds no entry (*.json)";
  throw new InputError("CORPUS-MISSING", `${dir}: ${what}`, `asilab corpus add FILE.itf.json --dir ${dir}`);
}

function folder(text: string): string {
  if (text !== "") return text;
  throw new InputError("BAD-FOLDER", "--dir: the name of the folder is empty", "--dir asilab-corpus");
}
