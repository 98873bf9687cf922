import fc from "fast-check";
import { shrinkSchedule } from "./shrink-schedule.ts";

/**
 * A schedule is one array of (actor, preference) pairs, packed into a word each: who moves, and which of its enabled actions.
 *
 * A pair whose actor can do nothing is skipped, so that *any* subarray is a schedule too: that is what lets it shrink.
 *
 * - **Shapes, units**: actor in the low 8 bits (a CPU, modulo the CPUs there are), preference in the upper 24.
 */
export type Schedule = Uint32Array;

export function actorOf(pair: number, cpus: number): number {
  return (pair & 0xff) % cpus;
}

export function preferenceOf(pair: number): number {
  return pair >>> 8;
}

/**
 * Random schedules of exactly `length` pairs.
 *
 * fast-check draws one integer and a xorshift stream makes the pairs from it: an array of 10^5 pairs drawn one by one costs
 * more than running them. Shrinking works on the pairs themselves, not on the integer; see shrink-schedule.ts. Which
 * candidates come depends on the pairs alone, never on a run, so that a path of fast-check leads to the same schedule again.
 */
export function schedules(length: number): fc.Arbitrary<Schedule> {
  return new ScheduleArbitrary(length);
}

/**
 * The stream behind long schedules: xorshift32, whose period is 2^32 - 1.
 *
 * - **Source**: G. Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (14), 2003.
 */
export function pairsFrom(seed: number, length: number): Schedule {
  const pairs = new Uint32Array(length);
  const stream = new PairStream(seed);
  for (let i = 0; i < length; i++) pairs[i] = stream.next();
  return pairs;
}

/** The same pairs one after the other, for runs that are too long to be written down. */
export class PairStream {
  private x: number;

  constructor(seed: number) {
    this.x = seed | 0 || 0x9e3779b9;
    for (let i = 0; i < WARM_UP; i++) this.next();
  }

  /** The next pair, as a signed word: of a small integer nothing has to be allocated. */
  next(): number {
    let { x } = this;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.x = x;
    return x;
  }

  /** A number from 0 to `below` - 1; `below` is small. */
  draw(below: number): number {
    return (this.next() >>> 4) % below;
  }
}

/** Small seeds take a few rounds to spread over the word. */
const WARM_UP = 8;

class ScheduleArbitrary extends fc.Arbitrary<Schedule> {
  constructor(private readonly length: number) {
    super();
  }

  override generate(random: fc.Random): fc.Value<Schedule> {
    return new fc.Value(pairsFrom(random.nextInt(), this.length), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Schedule {
    return value instanceof Uint32Array;
  }

  override shrink(value: Schedule, context: unknown): fc.Stream<fc.Value<Schedule>> {
    return fc.stream(shrinkSchedule(value, context));
  }
}
