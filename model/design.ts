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
  /** What the pageblock's label says: true for memory that is (to be) absent from the protected map. For claims on labels. */
  sensitiveBlock?(k: Kernel, block: number): boolean;
  /** Labels of the steps that may change what a pageblock's label says: a closed list (S30). */
  readonly labelWriters?: readonly string[];
  /** What non-present entries of the protected map carry (S31); `inverted` when absent, as the kernel has it against L1TF. */
  readonly nonPresentEncoding?: "inverted" | "raw";
  /** The design's way through address spaces; a design without one runs only where a context is always loaded. */
  readonly asi?: AsiCore;
  /**
   * A bench for a part of ASI rather than a proposal for the allocator: correct, and checked in its `worlds` only. It is there
   * so that canaries have something to be compared with, and that correct code of many kinds is shown to raise no alarm.
   */
  readonly probe?: boolean;
  /** Why the design is not run in the whole allocator: what there would go past its hooks. */
  readonly fastPathOnly?: string;
  /** Scopes in which `check` searches it beside that of the budget: each holds a danger of its own. */
  readonly worlds?: readonly string[];
  /** What of the design is not modelled, one sentence each. */
  readonly leavesOut: readonly string[];
}

/** The software of ASI's core that a design brings along: how it enters and leaves, what interrupts do, what it owes. */
export interface AsiCore {
  readonly groups: readonly ColumnGroup[];
  readonly programs: readonly Program[];
  /** Wraps an IPI's handler; local 0 is the initiator's link. */
  readonly interruptEntry?: Program;
  /** What a device interrupt and an NMI run. */
  readonly deviceInterrupt?: Program;
  readonly nmi?: Program;
  /** Calls that a scenario may make beside those of the allocator, by the kernel's name. */
  readonly calls: Readonly<Record<string, Program>>;
  /** The kernel's leaves of the unrestricted map carry the global bit. */
  readonly globals?: boolean;
  /**
   * The PCID, which is not loaded, will be invalidated before it is next usable: a generation behind, a flag, or the policy
   * that every load flushes. Checked: a CR3 write that keeps what was owed violates S19.
   */
  owes(k: Kernel, cpu: number, pcid: number): boolean;
  /** Which mm each CPU runs at boot is the machine's; this sets up what the software keeps about it. */
  boot?(k: Kernel): void;
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
  /** The design's bits of the freetype that a request is served from; 0 when absent. */
  requestFlags?(gfp: number): number;
  /**
   * Called when no list had a page, with no lock held: makes a block of the other kind into one of the kind asked for and
   * takes the caller's pages from it. Locals as of `allocated`: 2 the order, 3 the request; answers the block's link, or 0.
   */
  readonly refill?: Program;
}

/** A kernel thread of the design, one per CPU. */
export interface Worker {
  readonly name: string;
  readonly program: Program;
  /** Work has been queued for this CPU's thread. */
  wanted(k: Kernel, cpu: number): boolean;
}
