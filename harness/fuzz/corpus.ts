import type { FuzzCase } from "../../properties/arbitraries/fuzz-case.ts";
import { PairStream, pairsFrom, type Schedule } from "../../properties/arbitraries/schedule.ts";

/** A run that reached something first: the schedule up to that moment, and what it reached. Plain data. */
export interface CorpusEntry {
  readonly test: FuzzCase;
  readonly reached: readonly string[];
}

/** What a directed campaign knows when a round begins; plain data. */
export interface Corpus {
  readonly entries: readonly CorpusEntry[];
  /** Everything reached so far. */
  readonly seen: readonly string[];
}

export const EMPTY_CORPUS: Corpus = { entries: [], seen: [] };

/** Runs of a round: all of them start from what was known when it began, so that they can be made in any order. */
export const ROUND_RUNS = 32;

/** Entries kept; beyond that the oldest that reached no claim's danger goes. */
const ENTRIES_MAX = 400;

/** A claim's danger is worth as many entries as this. */
const REACH_WEIGHT = 6;

/** The corpus after a round: candidates are looked at in the order of their runs, and kept if they still add something. */
export function grown(corpus: Corpus, candidates: readonly CorpusEntry[]): Corpus {
  const seen = new Set(corpus.seen);
  const entries = [...corpus.entries];
  for (const candidate of candidates) {
    const fresh = candidate.reached.filter((name) => !seen.has(name));
    if (fresh.length === 0) continue;
    for (const name of fresh) seen.add(name);
    entries.push({ test: candidate.test, reached: fresh });
  }
  while (entries.length > ENTRIES_MAX) {
    const oldest = entries.findIndex((entry) => !reachesDanger(entry));
    entries.splice(Math.max(0, oldest), 1);
  }
  return { entries, seen: [...seen] };
}

/** A run made from the corpus: an entry's, cut, changed, crossed with another's, and gone on with at random. */
export function mutant({ entries }: Corpus, seed: number, pairs: number): FuzzCase | undefined {
  const stream = new PairStream(seed);
  const entry = choose(entries, stream);
  if (entry === undefined) return undefined;
  const { test } = entry;
  const other = choose(entries, stream)?.test.schedule ?? test.schedule;
  const kept = changed(test.schedule, other, stream);
  const tail = pairsFrom(stream.next(), Math.max(0, pairs - kept.length));
  const schedule = new Uint32Array(kept.length + tail.length);
  schedule.set(kept);
  schedule.set(tail, kept.length);
  return { ...test, schedule };
}

function choose(entries: readonly CorpusEntry[], stream: PairStream): CorpusEntry | undefined {
  const weights = entries.map((entry) => (reachesDanger(entry) ? REACH_WEIGHT : 1));
  let left = stream.draw(
    Math.max(
      1,
      weights.reduce((sum, weight) => sum + weight, 0),
    ),
  );
  return entries.find((_, at) => {
    left -= weights[at] ?? 0;
    return left < 0;
  });
}

function reachesDanger({ reached }: CorpusEntry): boolean {
  return reached.some((name) => name.startsWith("REACH-"));
}

function changed(schedule: Schedule, other: Schedule, stream: PairStream): Schedule {
  const at = stream.draw(schedule.length + 1);
  switch (stream.draw(5)) {
    case 0:
      return schedule;
    case 1:
      return schedule.slice(0, at);
    case 2: {
      const end = Math.min(schedule.length, at + 1 + stream.draw(16));
      return schedule.filter((_, index) => index < at || index >= end);
    }
    case 3: {
      const next = schedule.slice();
      for (let times = 1 + stream.draw(6); times > 0 && next.length > 0; times--) {
        next[stream.draw(next.length)] = stream.next();
      }
      return next;
    }
    default: {
      const joined = new Uint32Array(at + Math.floor(other.length / 2));
      joined.set(schedule.subarray(0, at));
      joined.set(other.subarray(other.length - (joined.length - at)), at);
      return joined;
    }
  }
}
