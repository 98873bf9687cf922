import type { ColumnGroup } from "./column.ts";
import type { Kernel } from "./kernel.ts";
import type { Program } from "./program.ts";
import type { ListKind } from "./world.ts";

/** Whether memory asked for with these flags will be protected: `cannot` is counted as protection lost. */
export type Protection = "yes" | "no" | "cannot";

/** A claim a design breaks, and the catalogue entry or reason. */
export interface DeclaredBreak {
  readonly claim: string;
  readonly because: string;
}

/**
 * A design as its author declares it: what it protects, what it promises, what it is known to break, and its code as hooks into
 * the page allocator.
 *
 * - **protectedMap**: `restricted` (a second map from which sensitive memory is absent), `direct` (the kernel's own map), or
 *   `none` (the baseline, which protects nothing).
 * - **Errors**: a verdict that differs from `promises` and `breaks` fails `check` with exit 20.
 */
export interface Design {
  readonly id: string;
  readonly title: string;
  /** What is wrong with it, for a canary; what it is, for a design. One sentence. */
  readonly summary: string;
  readonly canary: boolean;
  readonly protectedMap: "restricted" | "direct" | "none";
  protects(gfp: number): Protection;
  readonly promises: readonly string[];
  readonly breaks: readonly DeclaredBreak[];
  readonly notApplicable: Readonly<Record<string, string>>;
  readonly groups: readonly ColumnGroup[];
  readonly programs: readonly Program[];
  readonly hooks: Hooks;
  readonly workers: readonly Worker[];
  /** Bits by which the design's freetypes differ beyond the migratetype (sensitive, unmapped): 0 when absent. */
  readonly freetypeBits?: number;
  /** Lists of the design's own, per CPU: queues between a free and its completion. */
  lists(cpus: number): readonly ListKind[];
  /** Name of the column that says "this page is mapped", for claims on its truth; absent if the design keeps none. */
  readonly pageFlag?: string;
  /** What of the design is not modelled, one sentence each. */
  readonly leavesOut: readonly string[];
}

/** Where the allocator calls the design. An absent hook costs nothing. */
export interface Hooks {
  /**
   * Called with the page owned and no lock held, before it goes to the caller; local 0 of the caller is 1 on success, 0 on
   * failure. A hook that refuses has given the block back itself.
   */
  readonly allocated?: Program;
  /** At the end of free_pages_prepare: answers 1 in local 0 when the design keeps the page and will free it later. */
  readonly freePrepare?: Program;
}

/** A kernel thread of the design, one per CPU. */
export interface Worker {
  readonly name: string;
  readonly program: Program;
  /** Work has been queued for this CPU's thread. */
  wanted(k: Kernel, cpu: number): boolean;
}
