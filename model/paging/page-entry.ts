/** A 64-bit word of memory as two halves; page-table entries and data are the same thing to memory. */
export interface PageWord {
  readonly low: number;
  readonly high: number;
}

/**
 * What an entry of any level says. `ps` marks a leaf above the lowest level, where the same bit is the PAT bit and says
 * nothing here.
 */
export interface PageEntry {
  readonly present: boolean;
  readonly writable: boolean;
  readonly ps: boolean;
  readonly global: boolean;
  readonly noExecute: boolean;
  readonly pfn: number;
}

/** How software writes the PFN of an entry that is not present: as it is, or with every PFN bit inverted. */
export type AbsentEncoding = "raw" | "inverted";

export const ZERO_WORD: PageWord = { low: 0, high: 0 };

const PRESENT = 1 << 0;
const WRITABLE = 1 << 1;
const PS = 1 << 7;
const GLOBAL = 1 << 8;
const PFN_LOW_SHIFT = 12;
const PFN_HIGH_MASK = 0xfffff;
const PFN_LOW_VALUES = 2 ** 20;
const NO_EXECUTE = 2 ** 31;

/**
 * Packs an entry as x86-64 lays it out: P 0, R/W 1, PS 7, G 8, PFN 12..51, XD 63.
 *
 * An entry that is not present but not empty keeps its PFN, so that it can be set present again; with the `inverted`
 * encoding the PFN bits are flipped, which points a load that ignores P at an address without memory behind it.
 *
 * - **Shapes, units**: `pfn` below 2^40.
 * - **Source**: Intel SDM vol. 3 §4.5, table 4-14 ff.; the inversion imitates `protnone_mask()` and its users in
 *   arch/x86/include/asm/pgtable-invert.h, 6.1 and 6.12 alike.
 */
export function encodeEntry(entry: PageEntry, encoding: AbsentEncoding = "raw"): PageWord {
  const flags =
    (entry.present ? PRESENT : 0) | (entry.writable ? WRITABLE : 0) | (entry.ps ? PS : 0) | (entry.global ? GLOBAL : 0);
  const high = entry.noExecute ? NO_EXECUTE : 0;
  const inverted = encoding === "inverted" && needsInversion({ low: flags, high });
  return withPfn({ low: flags, high }, inverted ? invertPfn(entry.pfn) : entry.pfn);
}

/** The inverse of `encodeEntry`, as software reads it back. */
export function decodeEntry(word: PageWord, encoding: AbsentEncoding = "raw"): PageEntry {
  const inverted = encoding === "inverted" && needsInversion(word);
  const raw = pfnSeenByHardware(word);
  return {
    present: (word.low & PRESENT) !== 0,
    writable: (word.low & WRITABLE) !== 0,
    ps: (word.low & PS) !== 0,
    global: (word.low & GLOBAL) !== 0,
    noExecute: word.high >= NO_EXECUTE,
    pfn: inverted ? invertPfn(raw) : raw,
  };
}

/**
 * The PFN bits as they lie in the entry. Hardware that forwards them although P is clear (L1TF) reads this frame, so this
 * is what the encoding of absent entries must make harmless.
 */
export function pfnSeenByHardware(word: PageWord): number {
  return (word.high & PFN_HIGH_MASK) * PFN_LOW_VALUES + (word.low >>> PFN_LOW_SHIFT);
}

export function isPresent(word: PageWord): boolean {
  return (word.low & PRESENT) !== 0;
}

/** The same entry with P clear and its PFN kept, as `set_direct_map_*_noflush()` leaves it. */
export function withoutPresent(word: PageWord, encoding: AbsentEncoding = "raw"): PageWord {
  return encodeEntry({ ...decodeEntry(word, encoding), present: false }, encoding);
}

/** An entry that leads to a table. */
export function tableEntry(pfn: number): PageWord {
  return encodeEntry({ present: true, writable: true, ps: false, global: false, noExecute: false, pfn });
}

/** A leaf of the given level: 1 is 4K, 2 is 2M, 3 is 1G. */
export function leafEntry(pfn: number, level: number, bits: Partial<PageEntry> = {}): PageWord {
  const plain = { present: true, writable: true, ps: level > 1, global: false, noExecute: false, pfn };
  return encodeEntry({ ...plain, ...bits });
}

/** An all-zero entry stays zero: it names no frame, so there is nothing to hide. */
function needsInversion(word: PageWord): boolean {
  return (word.low & PRESENT) === 0 && (word.low !== 0 || word.high !== 0);
}

function invertPfn(pfn: number): number {
  return PFN_LOW_VALUES * PFN_LOW_VALUES - 1 - pfn;
}

function withPfn(word: PageWord, pfn: number): PageWord {
  const low = (word.low | ((pfn % PFN_LOW_VALUES) << PFN_LOW_SHIFT)) >>> 0;
  const high = (word.high | Math.floor(pfn / PFN_LOW_VALUES)) >>> 0;
  return { low, high };
}
