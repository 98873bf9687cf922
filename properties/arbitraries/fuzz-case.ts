import fc from "fast-check";
import { type Schedule, schedules } from "./schedule.ts";
import { type Workload, workloads } from "./workload.ts";
import { type WorldShape, worlds } from "./world.ts";

/** One random run, whole: where it happens, what is asked for, who moves when. */
export interface FuzzCase {
  readonly world: WorldShape;
  readonly workload: Workload;
  readonly schedule: Schedule;
  /** The scope it happens in, where that is more than the shape of a world; `world` is then its shape. */
  readonly scope?: string;
}

/** What does not vary, and takes the place of random worlds and workloads. */
export interface FixedParts {
  readonly world?: WorldShape;
  readonly workload?: Workload;
  readonly protectedModes?: boolean;
}

/**
 * Random runs of exactly `steps` pairs.
 *
 * Shrinks the world before the workload before the schedule: a short schedule on a large machine explains less than a longer one
 * on two CPUs and eight pages.
 */
export function fuzzCases(steps: number, fixed: FixedParts = {}): fc.Arbitrary<FuzzCase> {
  return fc.record({ ...placeAndLoad(fixed), schedule: schedules(steps) });
}

/** What a run is made from where its schedule is not drawn pair by pair: a world, a workload, and a number for all the rest. */
export interface Draw {
  readonly world: WorldShape;
  readonly workload: Workload;
  readonly seed: number;
}

export function draws(fixed: FixedParts = {}): fc.Arbitrary<Draw> {
  return fc.record({ ...placeAndLoad(fixed), seed: fc.integer() });
}

/**
 * One case and what it shrinks to, in the order of `fuzzCases`: for a run that was not drawn as a schedule but written down as one.
 */
export function shrinkable(start: FuzzCase, protectedModes: boolean, isWorldGiven: boolean): fc.Arbitrary<FuzzCase> {
  const { world, workload, scope } = start;
  const rest = fc.record({
    world: scope === undefined && !isWorldGiven ? worlds(protectedModes) : fc.constant(world),
    workload: fc.record({
      sizes: fc.constantFrom(SINGLE_PAGES, workload.sizes),
      frees: fc.constantFrom(2, workload.frees),
    }),
    schedule: schedules(start.schedule.length),
  });
  return new StartingFrom(start, rest, scope);
}

const SINGLE_PAGES = ["page"] as const;

function placeAndLoad(fixed: FixedParts): {
  readonly world: fc.Arbitrary<WorldShape>;
  readonly workload: fc.Arbitrary<Workload>;
} {
  return {
    world: fixed.world === undefined ? worlds(fixed.protectedModes) : fc.constant(fixed.world),
    workload: fixed.workload === undefined ? workloads() : fc.constant(fixed.workload),
  };
}

/** Always the same value; shrinks as the other arbitrary would. */
class StartingFrom extends fc.Arbitrary<FuzzCase> {
  constructor(
    private readonly start: FuzzCase,
    private readonly shrinks: fc.Arbitrary<Omit<FuzzCase, "scope">>,
    private readonly scope: string | undefined,
  ) {
    super();
  }

  override generate(): fc.Value<FuzzCase> {
    return new fc.Value(this.start, undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is FuzzCase {
    return value === this.start;
  }

  override shrink(value: FuzzCase, context: unknown): fc.Stream<fc.Value<FuzzCase>> {
    const { scope, ...parts } = value;
    const place = this.scope === undefined ? {} : { scope: this.scope };
    return this.shrinks.shrink(parts, context).map((next) => new fc.Value({ ...next.value, ...place }, next.context));
  }
}
