import type { Witness } from "../../model/claim.ts";
import type { Cost } from "../../model/program.ts";
import type { ClaimResult, VerdictWord } from "../../model/verdict.ts";
import type { EventName } from "../trace/event.ts";
import type { TraceSummary } from "../trace/summary.ts";
import type { TraceReplayOptions } from "./options.ts";

/** What a design did on one recording. The same bytes and options give the same object; it holds no time of ours. */
export interface TraceReplayResult {
  readonly design: string;
  readonly verdict: VerdictWord;
  readonly options: TraceReplayOptions;
  readonly scope: string;
  readonly facts: TraceFacts;
  readonly fates: EventFates;
  readonly work: ReplayWork;
  readonly synthetic: SyntheticCounts;
  readonly claims: readonly ClaimResult[];
  /** The first violation of each violated claim, in the order of their events. */
  readonly violations: readonly TraceViolation[];
  /** `REACH-<claim>` of each claim whose dangerous situation never occurred. */
  readonly vacuous: readonly string[];
  /** What was not recorded and had to be assumed, one sentence each. */
  readonly inferred: readonly string[];
  /** The claim that stopped the run, when one did: from there on the structures meant nothing. */
  readonly stoppedBy?: string;
}

/** What the file says of itself and of the machine. */
export interface TraceFacts {
  readonly file: string;
  readonly workload: string;
  readonly kernelRelease: string;
  readonly cpus: number;
  /** Pages of the replayed zone: from pfn 0 to the last zone's end. */
  readonly pages: number;
  readonly pagesFreeAtStart: number;
  readonly startState: "recorded" | "inferred";
  readonly lines: number;
  readonly events: number;
  readonly unparsed: number;
  readonly lost: number;
  readonly backwardTimestamps: number;
  readonly clock: TraceSummary["clock"];
  /** Distinct flag words of allocations, and how many of them the policy calls sensitive. */
  readonly flagWords: number;
  readonly flagWordsSensitive: number;
}

/**
 * What became of each event. Every event is in exactly one of `allocs`, `frees`, `diverged`, `divergedFrees`, `untraced`,
 * `dropped`, `takenAway`, `moved`, `beforeStart`, `failedAllocs`, `outside` and the kinds of `notCalls`.
 */
export interface EventFates {
  /** Allocations and frees that became calls which did what the recording says. */
  readonly allocs: number;
  readonly frees: number;
  /** Of those frees: pages that no event had named before, live since before the trace. */
  readonly unmatched: number;
  /** Frees of pages that were free already: allocated by a path that is not traced (bulk allocation). Skipped. */
  readonly untraced: number;
  /** Allocations that the model refused, and the frees of what was then never given out. */
  readonly diverged: number;
  readonly divergedFrees: number;
  /** Mode closed-loop: frees by the recorded kernel's reclaim, which the model's own decides instead. */
  readonly dropped: number;
  /** Mode closed-loop: frees of pages that the model's reclaim had taken by then. */
  readonly takenAway: number;
  /** Frees of frames whose content compaction had moved elsewhere: the model's page goes on standing for it. */
  readonly moved: number;
  /** Events of any kind that are older than the start state. */
  readonly beforeStart: number;
  /** Allocations that failed when they were recorded. Skipped. */
  readonly failedAllocs: number;
  /** Blocks outside the zone or above the largest order. Skipped. */
  readonly outside: number;
  readonly notCalls: Readonly<Partial<Record<EventName, number>>>;
  /** Calls in each recorded context; one call can also be among those with interrupts off. */
  readonly contexts: {
    readonly task: number;
    readonly softirq: number;
    readonly hardirq: number;
    readonly irqsOff: number;
  };
}

export interface ReplayWork {
  /** Calls made of events: more than events where a block is freed in other pieces than it was allocated. */
  readonly calls: number;
  /** Blocks split because a piece of them was freed. */
  readonly splits: number;
  /** Frees put in before an allocation of a page that counted as live: it must have been given back unseen. */
  readonly inferredFrees: number;
  /** Allocations without an event, put in where their effects show. */
  readonly hiddenAllocations: number;
  /** Allocations for which the model chose the very page that the kernel had. */
  readonly samePage: number;
  /** Mode closed-loop: pages that the model took from owners who in the recording still had them. */
  readonly refaults: number;
  readonly microSteps: number;
  /** Micro-steps by cost class, calls, threads, interrupts and synthetic ones together. */
  readonly microStepsByCost: Readonly<Record<Cost, number>>;
  /** Shootdowns brought to their end, and the IPIs they sent. */
  readonly flushes: number;
  readonly ipis: number;
  readonly workerRuns: number;
  readonly batches: BatchSizes;
  /** Longest queue between a free and its completion, in blocks, on one CPU. */
  readonly queueBlocksMax: number;
}

/** Sizes of the batches that kernel threads took, in blocks. */
export interface BatchSizes {
  readonly blocks: number;
  readonly smallest: number;
  readonly largest: number;
  /** Entry i: batches of 2^i up to 2^(i+1) - 1 blocks. */
  readonly byLog2: readonly number[];
}

/** Pairs of an allocation and its free that the recording does not hold, in contexts it lacks. Never counted as calls. */
export interface SyntheticCounts {
  readonly injected: number;
  readonly hardirqSameCpu: number;
  readonly hardirqOtherCpu: number;
  readonly irqsOffOtherCpu: number;
  readonly flushWhileBusy: number;
  readonly hardirqInWorker: number;
  readonly secretReused: number;
}

/** Where in the file a claim was first violated, and what was wrong. */
export interface TraceViolation {
  readonly claim: string;
  readonly witness: Witness;
  /** What ran: the call of the event, a kernel thread or a synthetic interrupt before it, or the end of the trace. */
  readonly during: "call" | "worker" | "synthetic" | "end";
  /** The step that was just taken, as program/label; empty at the beginning of a call and at a standstill. */
  readonly step: string;
  readonly microStep: number;
  readonly event: ViolatingEvent;
}

/** The event that was being replayed, as the file has it. */
export interface ViolatingEvent {
  readonly line: number;
  readonly kind: EventName;
  readonly comm: string;
  readonly pid: number;
  readonly cpu: number;
  readonly micros: number;
  /** What stands behind the event's name. */
  readonly detail: string;
}
