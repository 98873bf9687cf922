import { assert } from "./assert.ts";

/** What is left of a list, and how it was come by. */
export interface Reduced<T> {
  readonly items: readonly T[];
  /** Candidates tried. */
  readonly tests: number;
  /** No single item can be left out any more; false when the tests ran out first. */
  readonly minimal: boolean;
}

/**
 * Answers what a candidate comes down to if it still fails, undefined if it does not. What it answers takes the candidate's
 * place: it may be shorter (items that turned out to do nothing) or hold other items, but no more of them than the candidate.
 */
export type StillFails<T> = (candidate: readonly T[]) => readonly T[] | undefined;

/**
 * Leaves out of a failing list whatever it fails without: halves first, then ever smaller pieces, the last first, until no
 * single item can go.
 *
 * - **Cost**: about n log n tests for n items of which few matter, n^2 at worst, `maxTests` at most.
 * - **Errors**: none; the list itself is never tested, and is the answer when nothing can go.
 * - **Source**: delta debugging (Zeller and Hildebrandt, IEEE TSE 28 (2), 2002), complements only.
 */
export function deltaDebug<T>(
  list: readonly T[],
  stillFails: StillFails<T>,
  maxTests = Number.POSITIVE_INFINITY,
): Reduced<T> {
  let items = list;
  let tests = 0;
  for (let size = Math.ceil(list.length / 2); size > 0; ) {
    const before = items.length;
    for (let end = items.length; end > 0; ) {
      if (tests >= maxTests) return { items, tests, minimal: false };
      const start = Math.max(0, end - size);
      const candidate = [...items.slice(0, start), ...items.slice(end)];
      tests++;
      const left = stillFails(candidate);
      if (left !== undefined) {
        assert(left.length <= candidate.length, "what a candidate comes down to is no longer than the candidate");
        items = left;
      }
      end = Math.min(start, items.length);
    }
    if (size > 1) size = Math.min(size >> 1, Math.max(1, Math.ceil(items.length / 2)));
    else if (items.length === before) size = 0;
  }
  return { items, tests, minimal: true };
}
