import { InputError } from "../../model/failure.ts";
import { type CorpusEntry, readCorpusEntry } from "./entry.ts";

/** An entry and the file it was read from. */
export interface StoredEntry {
  readonly file: string;
  readonly entry: CorpusEntry;
}

/** A file of a corpus, before it is read. */
export interface CorpusText {
  readonly file: string;
  readonly text: string;
}

/**
 * Reads a corpus, in the order of its files' names.
 *
 * - **Errors**: those of `readCorpusEntry`; `InputError` CORPUS-TWICE for two entries of one failure.
 */
export function readCorpus(texts: readonly CorpusText[]): StoredEntry[] {
  const sorted = [...texts].sort((a, b) => (a.file < b.file ? -1 : 1));
  const stored = sorted.map(({ file, text }) => ({ file, entry: readCorpusEntry(text, file) }));
  const files = new Map<string, string>();
  for (const { file, entry } of stored) {
    const other = files.get(entry.signature);
    if (other !== undefined) {
      const message = `${file}: ${other} is an entry of the same failure (${entry.signature})`;
      throw new InputError("CORPUS-TWICE", message, "keep one of the two, with the expectations of both");
    }
    files.set(entry.signature, file);
  }
  return stored;
}
