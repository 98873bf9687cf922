/**
 * The visited set's inner loops, written out for a number of words per state.
 *
 * All of them use one hash, multiply–xor with a fold after each word (or two flips of top bits would cancel), and take the
 * home slot from its top bits: `shift` is 32 − log2(capacity).
 *
 * Most successors are old, and most old ones were met a moment ago (independent events commute, and many have an inverse):
 * a direct-mapped cache of the latest, small enough for the second-level cache, answers more than half without a probe.
 */
export interface TableCode {
  readonly sift: Sift;
  readonly touch: Touch;
  readonly insertBatch: InsertBatch;
  readonly rehash: Rehash;
}

/**
 * Drops from `out` the successors found in the cache of recent ones and closes the gaps; `ends` is adapted.
 *
 * Writes the home slots of those that stay, and answers the number of their words. A dropped state is in the table, or
 * stays in this batch further to the front. Without branches: whether a state is old is a coin toss to the processor.
 */
type Sift = (
  recent: Int32Array,
  shift: number,
  out: Int32Array,
  count: number,
  ends: Int32Array,
  homes: Int32Array,
) => number;

/** Reads the table at each home, so that the cache misses of a batch overlap. The answer only keeps the reads alive. */
type Touch = (table: Int32Array, homes: Int32Array, count: number) => number;

/**
 * Stores those of a batch of successors that are new.
 *
 * The successors of the i-th of `count` sources end at word `ends[i]` of `out`. Copies each new state's words to `fresh`,
 * and to `parents` the number of its source, `from + i`. Answers how many were new; `~many` (negative) if `room` were
 * stored and then one more was found.
 */
type InsertBatch = (
  table: Int32Array,
  mask: number,
  out: Int32Array,
  homes: Int32Array,
  from: number,
  count: number,
  ends: Int32Array,
  fresh: Int32Array,
  parents: Uint32Array,
  room: number,
) => number;

/** Moves every state of one table to a larger, empty one. Homes keep their order, so that both are walked front to back. */
type Rehash = (old: Int32Array, table: Int32Array, shift: number, mask: number) => void;

/** 2^14 two-word states are 128 KiB. */
const LOG2_RECENT = 14;
const ODD = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1].map((constant) => constant | 0);

export function recentCache(words: number): Int32Array {
  return new Int32Array(words << LOG2_RECENT);
}

export function generateTableCode(words: number): TableCode {
  const each = (code: (word: number) => string, separator = " "): string =>
    Array.from({ length: words }, (_, word) => code(word)).join(separator);
  const hash = `${each((w) => `h = Math.imul(h ^ a${w}, ${ODD[w % ODD.length]}); h ^= h >>> 15;`)} h = Math.imul(h, ${ODD[1]});`;
  const same = each((w) => (w === 0 ? "" : ` && table[at + ${w}] === a${w}`), "");
  const probe = (found: string): string => `
      for (;;) {
        const at = slot * ${words};
        const first = table[at];
        if (first === 0) { ${found} break; }
        if (first === a0${same}) break;
        slot = (slot + 1) & mask;
      }`;
  const source = `"use strict";
function sift(recent, shift, out, count, ends, homes) {
  let o = 0;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    for (const end = ends[i]; o < end; o += ${words}) {
      ${each((w) => `const a${w} = out[o + ${w}];`)}
      let h = 0;
      ${hash}
      const at = (h >>> ${32 - LOG2_RECENT}) * ${words};
      const differs = ${each((w) => `(recent[at + ${w}] ^ a${w})`, " | ")};
      ${each((w) => `recent[at + ${w}] = a${w}; out[kept * ${words} + ${w}] = a${w};`)}
      homes[kept] = h >>> shift;
      kept += (differs | -differs) >>> 31;
    }
    ends[i] = kept * ${words};
  }
  return kept * ${words};
}
function touch(table, homes, count) {
  let touched = 0;
  for (let k = 0; k < count; k++) touched ^= table[homes[k] * ${words}];
  return touched;
}
function insertBatch(table, mask, out, homes, from, count, ends, fresh, parents, room) {
  let stored = 0;
  let o = 0;
  let k = 0;
  for (let i = 0; i < count; i++) {
    for (const end = ends[i]; o < end; o += ${words}, k++) {
      ${each((w) => `const a${w} = out[o + ${w}];`)}
      let slot = homes[k];
      ${probe(`
          if (stored === room) return ~stored;
          ${each((w) => `table[at + ${w}] = a${w}; fresh[stored * ${words} + ${w}] = a${w};`)}
          parents[stored++] = from + i;`)}
    }
  }
  return stored;
}
function rehash(old, table, shift, mask) {
  for (let o = 0; o < old.length; o += ${words}) {
    if (old[o] === 0) continue;
    ${each((w) => `const a${w} = old[o + ${w}];`)}
    let h = 0;
    ${hash}
    let slot = h >>> shift;
    ${probe(each((w) => `table[at + ${w}] = a${w};`))}
  }
}
return { sift, touch, insertBatch, rehash };`;
  return new Function(source)() as TableCode;
}
