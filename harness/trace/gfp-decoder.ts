import type { KernelVersion, ParsedGfp } from "../../model/gfp.ts";
import { parseGfp } from "../../model/gfp.ts";
import { ascii, spanIs } from "./bytes.ts";

/** A trace holds a few dozen different flag words; one that holds more than this gets them decoded again and again. */
const WORDS_MAX = 1024;
/** Unknown names kept for the report. */
const UNKNOWN_NAMES_MAX = 32;

/** A flag name that the trace's kernel version does not have, and the first line that used it. */
export interface UnknownGfpName {
  readonly name: string;
  readonly line: number;
}

interface Word {
  readonly bytes: Uint8Array;
  readonly gfp: number;
}

const NONE: Word = { bytes: ascii("none"), gfp: 0 };

/**
 * Turns the text of a flag word into its number without making a string of it, by remembering words already seen.
 */
export class GfpDecoder {
  readonly unknownNames: UnknownGfpName[] = [];
  private parse: (text: string) => ParsedGfp;
  private version: KernelVersion;
  private readonly words = new Map<number, Word>();
  private last: Word = NONE;

  constructor(version: KernelVersion) {
    this.version = version;
    this.parse = parseGfp(version);
  }

  /** From here on, names have the values of this kernel. */
  use(version: KernelVersion): void {
    if (version === this.version) return;
    this.version = version;
    this.parse = parseGfp(version);
    this.words.clear();
    this.last = NONE;
  }

  decode(bytes: Uint8Array, pos: number, end: number, line: number): number {
    // Most requests repeat the one before: comparing is cheaper than hashing.
    if (spanIs(bytes, pos, end, this.last.bytes)) return this.last.gfp;
    const hash = hashSpan(bytes, pos, end);
    const known = this.words.get(hash);
    const word = known && spanIs(bytes, pos, end, known.bytes) ? known : this.learn(bytes, pos, end, line);
    if (word !== known && this.words.size < WORDS_MAX) this.words.set(hash, word);
    this.last = word;
    return word.gfp;
  }

  private learn(bytes: Uint8Array, pos: number, end: number, line: number): Word {
    const own = bytes.slice(pos, end);
    const { gfp, unknown } = this.parse(String.fromCharCode(...own.subarray(0, 1024)));
    for (const name of unknown) this.report(name, line);
    return { bytes: own, gfp };
  }

  private report(name: string, line: number): void {
    if (this.unknownNames.length >= UNKNOWN_NAMES_MAX) return;
    const printable = name.slice(0, 64).replace(/[^\x21-\x7e]/g, "?");
    if (this.unknownNames.some((known) => known.name === printable)) return;
    this.unknownNames.push({ name: printable, line });
  }
}

/** Over every third byte: enough to tell flag words apart, and a collision costs only a second decoding. */
function hashSpan(bytes: Uint8Array, pos: number, end: number): number {
  let hash = end - pos;
  for (let at = pos; at < end; at += 3) hash = (Math.imul(hash, 31) + bytes[at]) | 0;
  return hash;
}
