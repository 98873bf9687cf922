import type { Schedule } from "../../properties/arbitraries/schedule.ts";
import type { Arena } from "./arena.ts";
import { runSchedule } from "./run-source.ts";

/** Words of a state up to which hashing it after each step costs less than running on. */
const STATE_WORDS_MAX = 4_096;

/**
 * A schedule that leads to the same state without coming back to any state on the way: whenever a state occurs again, what was
 * done in between is left out.
 *
 * Long random runs in small worlds are mostly such detours. States are told apart by a hash; a caller makes sure that the result
 * still does what it is for.
 *
 * - **Cost**: one run; memory for the states of the result.
 */
export function withoutLoops(arena: Arena, schedule: Schedule): Schedule {
  const { words } = arena.machine.state;
  if (words.length > STATE_WORDS_MAX) return schedule;
  const kept: number[] = [];
  const hashes: number[] = [];
  const at = new Map<number, number>([[hashOf(words), 0]]);
  runSchedule(arena, schedule, () => true, {
    pair: (pair) => {
      const hash = hashOf(words);
      const known = at.get(hash);
      if (known === undefined) {
        kept.push(pair);
        hashes.push(hash);
        at.set(hash, kept.length);
        return;
      }
      for (const gone of hashes.splice(known)) at.delete(gone);
      kept.length = known;
    },
  });
  return Uint32Array.from(kept);
}

/** 52 bits. */
function hashOf(words: Uint32Array): number {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    low = Math.imul(low ^ word, 0x01000193);
    high = Math.imul(high + word, 0x85ebca6b) ^ (high >>> 15);
  }
  return (low >>> 0) + (high >>> 12) * 2 ** 32;
}
