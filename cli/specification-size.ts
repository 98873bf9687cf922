import { didYouMean } from "../harness/did-you-mean.ts";
import type { SpecificationSize } from "../machines/specification.ts";
import { InputError } from "../model/failure.ts";

const DEFAULT_SIZE = { cpus: 2, pages: 2 };
const KEYS = ["cpus", "pages", "mms", "slots", "classes", "nmi"] as const;
const EXAMPLE = "keys: cpus, pages, mms, slots, classes, nmi; for example --scope cpus=2,mms=2,slots=2,pages=1";

type Key = (typeof KEYS)[number];

/**
 * Reads `--scope` for the specification. What is not given stays out of it: with no `mms` there are no owners to tell apart.
 *
 * - **Errors**: `InputError` BAD-SCOPE for what is not key=number; limits are the specification's own (SCOPE-LIMIT).
 */
export function specificationSize(text: string): SpecificationSize {
  const given = new Map<Key, number>();
  for (const part of text.split(",").filter((piece) => piece.trim() !== "")) {
    const [key = "", value] = part.split("=", 2).map((piece) => piece.trim());
    const known = KEYS.find((name) => name === key);
    if (known === undefined) throw bad(`${key}: the specification has ${KEYS.join(", ")} only${didYouMean(key, KEYS)}`);
    if (value === undefined || !/^\d{1,3}$/.test(value)) throw bad(`${part.trim()} is not of the form key=number`);
    if (given.has(known)) throw bad(`${key} is given twice`);
    given.set(known, Number(value));
  }
  const { nmi, ...sizes } = Object.fromEntries(given) as Partial<Record<Key, number>>;
  if (nmi !== undefined && nmi > 1) throw bad(`nmi=${nmi} is outside 0..1: in the specification NMIs are on or off`);
  return { ...DEFAULT_SIZE, ...sizes, ...(nmi === 1 ? { nmi: true } : {}) };
}

function bad(message: string): InputError {
  return new InputError("BAD-SCOPE", message, EXAMPLE);
}
