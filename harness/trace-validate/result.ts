import type { KernelVersion } from "../../model/gfp.ts";
import type { UnnamedCause } from "./unnamed.ts";
import type { IllegalReason } from "./verdict.ts";

/** Illegal events kept one by one; beyond these they are only counted. */
export const ILLEGAL_KEPT_MAX = 1000;

/** One event that cannot have happened in any state consistent with the events before it. */
export interface IllegalEvent {
  readonly line: number;
  readonly cpu: number;
  readonly pid: number;
  /** The event in the kernel's words, without what does not matter. */
  readonly event: string;
  readonly reason: IllegalReason;
  /** The reason as a sentence. */
  readonly because: string;
  /** The buddy lists and the pages around it as the event found them, one fact each. */
  readonly around: readonly string[];
  /** What would have been legal; empty if nothing is near. */
  readonly nearest: string;
}

export interface UnnamedMovement {
  readonly cause: UnnamedCause;
  /** What the kernel does there, with its function. */
  readonly because: string;
  readonly blocks: number;
  readonly pages: number;
}

/** The free map that the events lead to, against the one recorded afterwards. */
export interface EndComparison {
  /** The line after which the map was read, as far as it shows. */
  readonly line: number;
  readonly pages: number;
  readonly pagesDiffering: number;
  readonly zones: readonly ZoneComparison[];
}

export interface ZoneComparison {
  readonly zone: string;
  readonly pagesFree: number;
  readonly pagesFreeRecorded: number;
  /** Free pages in blocks of at least each order. */
  readonly pagesFromOrder: readonly number[];
  readonly pagesFromOrderRecorded: readonly number[];
}

/** Pageblocks of one type at the end: those that events determined, and all, by /proc/pagetypeinfo. */
export interface PageblockTypes {
  readonly zone: string;
  readonly type: string;
  readonly determined: number;
  readonly recorded: number;
}

/** What `trace validate` found in one recording. */
export interface TraceValidation {
  readonly file: string;
  readonly kernel: KernelVersion;
  readonly kernelRelease: string;
  readonly workload: string;
  readonly lines: number;
  /** Buddy-level events judged, and those among them that were legal and illegal. */
  readonly events: number;
  readonly legal: number;
  readonly illegal: number;
  readonly legalFraction: number;
  /** Movements that no event names, assumed with a licence in the recording; blocks. */
  readonly unnamed: number;
  readonly unnamedByCause: readonly UnnamedMovement[];
  readonly eventsByKind: Readonly<Record<string, number>>;
  /** Events before the first illegal one, and its line, 0 if there is none. */
  readonly longestLegalPrefix: number;
  readonly firstIllegalLine: number;
  readonly illegalByReason: Readonly<Partial<Record<IllegalReason, number>>>;
  readonly illegalEvents: readonly IllegalEvent[];
  /** Buddy-level events that the free map already contains: it was read after them. */
  readonly beforeFreeMap: number;
  readonly freeMapLine: number;
  readonly labels: { readonly atStart: number; readonly determined: number };
  readonly lost: number;
  readonly compactionRan: boolean;
  readonly end?: EndComparison;
  /** Empty where no pagetypeinfo was recorded afterwards. */
  readonly pageblockTypes: readonly PageblockTypes[];
}
