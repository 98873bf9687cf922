import fc from "fast-check";
import { type Schedule, schedules } from "./schedule.ts";
import { type Workload, workloads } from "./workload.ts";
import { type WorldShape, worlds } from "./world.ts";

/** One random run, whole: where it happens, what is asked for, who moves when. */
export interface FuzzCase {
  readonly world: WorldShape;
  readonly workload: Workload;
  readonly schedule: Schedule;
}

/**
 * Random runs of exactly `steps` pairs.
 *
 * Shrinks the world before the workload before the schedule: a short schedule on a large machine explains less than a longer one
 * on two CPUs and eight pages.
 *
 * - **Shapes, units**: `fixed` takes the place of random worlds and workloads.
 */
export function fuzzCases(
  steps: number,
  fixed: { readonly world?: WorldShape; readonly workload?: Workload; readonly protectedModes?: boolean } = {},
): fc.Arbitrary<FuzzCase> {
  return fc.record({
    world: fixed.world === undefined ? worlds(fixed.protectedModes) : fc.constant(fixed.world),
    workload: fixed.workload === undefined ? workloads() : fc.constant(fixed.workload),
    schedule: schedules(steps),
  });
}
