import type { Geometry } from "./geometry.ts";
import type { Request } from "./request.ts";
import type { AddressSpaces } from "./spaces.ts";
import type { WholeAllocator, Zone } from "./zone.ts";

/** How the machine keeps what a CPU may have cached; see translations.ts. */
export type TranslationModel = "may-hold" | "explicit" | "epochs";

/** A family of lists: `buddy` (order × freetype), `pcp` (cpu × index), a design's queue (one per CPU). */
export interface ListKind {
  readonly name: string;
  readonly count: number;
  /** Pages on it are free but not allocatable until somebody moves them on: L4 watches it. */
  readonly mustDrain: boolean;
  /** Its pages are out of circulation, or in the hands of a call that keeps them on a list: no request is served from it. */
  readonly parked?: boolean;
  /** Its pages are being worked on, so that a design's own records of them may lag behind the hardware. */
  readonly inProgress?: boolean;
  /** The freetype of the kind's `index`-th list, where lists have one. */
  readonly freetypeOf?: (index: number) => number;
  /** The lock under which the kind's `index`-th list is changed; none for a list that only its own CPU touches. */
  readonly lock?: (index: number) => number;
}

/** All lists of a world in one index space. Units: list indices. */
export interface ListLayout {
  readonly kinds: readonly ListKind[];
  readonly base: readonly number[];
  readonly total: number;
}

/** One level of execution on a CPU; a higher index preempts a lower one. `worker` and `task` are two tasks of one level. */
export type LevelName = "task" | "worker" | "softirq" | "hardirq" | "nmi";

export interface StackLevel {
  readonly name: LevelName;
  readonly depth: number;
  readonly base: number;
}

export interface StackLayout {
  readonly levels: readonly StackLevel[];
  readonly framesPerCpu: number;
  readonly localsPerFrame: number;
  readonly stepCount: number;
}

/**
 * Everything that is fixed for the length of a run: sizes, geometry, the request table.
 *
 * - **Units**: pages of 4 KiB, CPUs, pageblocks. `contexts` is the number of protected contexts (PCIDs) per CPU that are
 *   tracked; 0 where a design protects nothing.
 */
export interface World {
  readonly geometry: Geometry;
  readonly cpus: number;
  readonly pages: number;
  readonly blocks: number;
  readonly contexts: number;
  readonly mms: number;
  /** Migratetypes that have lists of their own: 1 where only the fast path runs, 6 in the whole allocator. */
  readonly migratetypes: number;
  /** Migratetypes times the settings of the design's own flags: one set of free lists each. */
  readonly freetypes: number;
  /** The memory zones, by rising pfn; one that covers everything where only the fast path runs. */
  readonly zones: readonly Zone[];
  readonly nodes: number;
  /** Set where the whole allocator runs; absent where only its fast path does. */
  readonly whole?: WholeAllocator;
  readonly locks: number;
  readonly lists: ListLayout;
  readonly stacks: StackLayout;
  readonly requests: readonly Request[];
  readonly translations: TranslationModel;
  /** Set where PCIDs, roots, aliases and interrupts are modelled; absent where one protected context is always loaded. */
  readonly spaces?: AddressSpaces;
  /** The map in which sensitive memory is absent, as the design declares it. */
  readonly protectedMap: "restricted" | "direct" | "none";
  /** Pageblocks carry a label of the design's, and flips of them are recorded. */
  readonly labels: boolean;
  /** CPUs leave and enter their protected context as actions of their own; otherwise it is always loaded. */
  readonly modes: boolean;
  /** Calls may arrive in interrupt context. */
  readonly irq: boolean;
  /** A task may be switched for another at any step boundary with preemption on. */
  readonly preempt: boolean;
}

export function layoutLists(kinds: readonly ListKind[]): ListLayout {
  const base: number[] = [];
  let total = 0;
  for (const kind of kinds) {
    base.push(total);
    total += kind.count;
  }
  return { kinds, base, total };
}
