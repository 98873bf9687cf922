import fc from "fast-check";

/** Where shrinking stands; fast-check keeps it with the value it belongs to. */
interface Progress {
  /** Pieces of this many pairs are being taken away; 0 when none can go. */
  readonly size: number;
  /** Pieces that end above it have been tried. */
  readonly end: number;
  /** A single pair went in this pass, so that another pass may take more. */
  readonly again: boolean;
  /** Pairs below it have had their turn at being made plain. */
  readonly plain: number;
}

type Candidates = Generator<fc.Value<Uint32Array>, void, undefined>;

const ACTOR_BITS = 8;
const ACTOR = (1 << ACTOR_BITS) - 1;
/** Pieces that are tried again after the schedule has been rearranged. */
const SIZE_AFTER_GATHERING = 4;
/** CPUs of the largest random world. */
const CPUS_MAX = 4;

/**
 * Smaller schedules, in the order in which they are worth trying; each is smaller in one measure and no larger in those before:
 *
 * 1. *actors*: the same CPUs by their lowest names, so that equal actors are equal numbers.
 * 2. *length*: without one actor, without the second half, then without ever smaller pieces from the end to the start, until no pair can go.
 * 3. *switches*: a CPU's next pairs moved up to its last ones, or those down, or given to the CPU before them, so that the
 *    timeline has fewer lines.
 * 4. *preferences*: zero, one by one.
 *
 * - **Source**: 2 is delta debugging (Zeller and Hildebrandt, IEEE TSE 28 (2), 2002).
 */
export function* shrinkSchedule(pairs: Uint32Array, context: unknown): Candidates {
  const at = isProgress(context)
    ? context
    : { size: Math.ceil(pairs.length / 2), end: pairs.length, again: false, plain: 0 };
  if (at.plain === 0) {
    yield* sameActors(pairs, at);
    yield* shorter(pairs, at);
    yield* gathered(pairs);
  }
  yield* plainer(pairs, at.plain);
}

function isProgress(context: unknown): context is Progress {
  return typeof context === "object" && context !== null && "plain" in context;
}

function* sameActors(pairs: Uint32Array, at: Progress): Candidates {
  let largest = 0;
  for (const pair of pairs) largest = Math.max(largest, pair & ACTOR);
  for (let cpus = 1; cpus <= CPUS_MAX && cpus <= largest; cpus++) {
    yield new fc.Value(
      pairs.map((pair) => (pair & ~ACTOR) | ((pair & ACTOR) % cpus)),
      at,
    );
  }
}

function* shorter(pairs: Uint32Array, at: Progress): Candidates {
  if (at.size === 0) return;
  if (at.end === pairs.length) yield* withoutAnActor(pairs);
  yield* pass(pairs, at.size, at.end);
  for (let size = at.size >> 1; size > 0; size >>= 1) yield* pass(pairs, size, pairs.length);
  if (at.again) yield* pass(pairs, 1, pairs.length);
}

/** Takes away all that one actor does. */
function* withoutAnActor(pairs: Uint32Array): Candidates {
  const actors = new Set(Array.from(pairs, (pair) => pair & ACTOR));
  if (actors.size < 2) return;
  for (const actor of actors) {
    const rest = pairs.filter((pair) => (pair & ACTOR) !== actor);
    yield new fc.Value(rest, { size: rest.length >> 1, end: rest.length, again: true, plain: 0 } satisfies Progress);
  }
}

/** Takes away one piece of `size` at a time, the last first. */
function* pass(pairs: Uint32Array, size: number, from: number): Candidates {
  for (let end = from; end > 0; end -= size) {
    const start = Math.max(0, end - size);
    const rest = new Uint32Array(pairs.length - (end - start));
    rest.set(pairs.subarray(0, start));
    rest.set(pairs.subarray(end), start);
    yield new fc.Value(rest, { size, end: start, again: size === 1, plain: 0 } satisfies Progress);
  }
}

/** Joins two runs of one actor across the pairs between them, or lets one actor do both; every candidate has fewer switches. */
function* gathered(pairs: Uint32Array): Candidates {
  const starts = runStarts(pairs);
  const next = { size: SIZE_AFTER_GATHERING, end: pairs.length, again: false, plain: 0 } satisfies Progress;
  for (let run = 0; run < starts.length; run++) {
    const actor = (pairs[starts[run] as number] as number) & ACTOR;
    if (run > 0) yield new fc.Value(relabelled(pairs, starts[run] as number, starts[run + 1] ?? pairs.length), next);
    const other = starts.findIndex((start, index) => index > run && ((pairs[start] as number) & ACTOR) === actor);
    if (other < 0) continue;
    yield new fc.Value(sorted(pairs, starts[run] as number), next);
    const [from, to, late, end] = [starts[run], starts[run + 1], starts[other], starts[other + 1] ?? pairs.length];
    if (from === undefined || to === undefined || late === undefined) continue;
    yield new fc.Value(join(pairs, [0, to], [late, end], [to, late], [end, pairs.length]), next);
    yield new fc.Value(join(pairs, [0, from], [to, late], [from, to], [late, pairs.length]), next);
  }
}

/** From `start` on, first everything that its actor still does, then the rest in its order. */
function sorted(pairs: Uint32Array, start: number): Uint32Array {
  const actor = (pairs[start] as number) & ACTOR;
  const tail = pairs.subarray(start);
  const joined = pairs.slice();
  joined.set(
    tail.filter((pair) => (pair & ACTOR) === actor),
    start,
  );
  const others = tail.filter((pair) => (pair & ACTOR) !== actor);
  joined.set(others, pairs.length - others.length);
  return joined;
}

/** The pairs from `start` to `end` done by the actor of the pair before them. */
function relabelled(pairs: Uint32Array, start: number, end: number): Uint32Array {
  const actor = (pairs[start - 1] as number) & ACTOR;
  return pairs.map((pair, i) => (i >= start && i < end ? (pair & ~ACTOR) | actor : pair));
}

/** Where each maximal run of pairs of one actor starts. */
function runStarts(pairs: Uint32Array): number[] {
  const starts: number[] = [];
  for (let i = 0; i < pairs.length; i++) {
    if (i === 0 || (((pairs[i] as number) ^ (pairs[i - 1] as number)) & ACTOR) !== 0) starts.push(i);
  }
  return starts;
}

function join(pairs: Uint32Array, ...pieces: readonly (readonly [number, number])[]): Uint32Array {
  const joined = new Uint32Array(pairs.length);
  let at = 0;
  for (const [start, end] of pieces) {
    joined.set(pairs.subarray(start, end), at);
    at += end - start;
  }
  return joined;
}

function* plainer(pairs: Uint32Array, from: number): Candidates {
  for (let i = from; i < pairs.length; i++) {
    const pair = pairs[i] as number;
    if (pair >>> ACTOR_BITS === 0) continue;
    const plain = pairs.slice();
    plain[i] = pair & ACTOR;
    yield new fc.Value(plain, { size: 0, end: 0, again: false, plain: i + 1 } satisfies Progress);
  }
}
