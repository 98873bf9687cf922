import fc from "fast-check";
import { type Geometry, MEDIUM, SMALL, X86_64 } from "../../model/geometry.ts";

/** What a random run takes place in. Units: pages of 4 KiB; CPU n runs mm n mod `mms`. */
export interface WorldShape {
  readonly cpus: number;
  readonly pages: number;
  readonly mms: number;
  readonly irq: boolean;
  readonly preempt: boolean;
  readonly modes: boolean;
}

/**
 * Random worlds: 1 to 4 CPUs, 8 to 4,096 pages, mostly small, because a page must be used again for anything to go wrong.
 *
 * Sizes come from a list, so that a campaign needs few machines and can use each again; some are not whole blocks of any
 * order. Shrinks towards 8 pages, one CPU, nothing switched on.
 *
 * - **Shapes, units**: `protectedModes` false leaves mode switches out, for a design without a protected context.
 */
export function worlds(protectedModes = true): fc.Arbitrary<WorldShape> {
  const rarely = fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.boolean() });
  return fc.record({
    cpus: fc.integer({ min: 1, max: 4 }),
    pages: pageCounts(),
    mms: fc.integer({ min: 2, max: 4 }),
    irq: rarely,
    preempt: rarely,
    modes: protectedModes ? rarely : fc.constant(false),
  });
}

/** 8 to 4,096 pages, three runs of four below 64. */
export function pageCounts(): fc.Arbitrary<number> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 4, arbitrary: fc.constantFrom(8, 10, 12, 16) },
    { weight: 2, arbitrary: fc.constantFrom(24, 40, 63) },
    { weight: 1, arbitrary: fc.constantFrom(64, 100, 256, 1000) },
    { weight: 1, arbitrary: fc.constantFrom(1024, 1500, 4096) },
  );
}

/** The largest geometry of which a world this size holds at least one block of the largest order. */
export function geometryFor(pages: number): Geometry {
  if (pages < 64) return SMALL;
  return pages < 1024 ? MEDIUM : X86_64;
}
