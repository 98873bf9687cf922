import type { Change } from "../../model/diff.ts";

/**
 * Why a run violates its claim: plain data, for reports and other programs.
 *
 * - **Units**: events and steps are numbered from 1, as a timeline numbers them.
 */
export interface Explanation {
  readonly failure: FailedConjunct;
  readonly events: readonly ExplainedEvent[];
  readonly freedom: Freedom;
  readonly slice: CausalSlice;
  readonly fate: Fate;
}

/** The part of the claim that does not hold, with the values that it speaks of. */
export interface FailedConjunct {
  readonly claim: string;
  readonly statement: string;
  /** What should hold and does not; the whole statement where the claim has one part only. */
  readonly conjunct: string;
  readonly operands: Readonly<Record<string, string | number>>;
  readonly witness: string;
}

/** One event of the run: which steps it is made of, and what it is called. */
export interface ExplainedEvent {
  readonly number: number;
  readonly cpu: number;
  readonly firstStep: number;
  readonly lastStep: number;
  readonly text: string;
  /** Number of the event with which the call began that this one goes on with; its own if it begins one. */
  readonly call: number;
}

/** What may be otherwise, the claim being violated all the same. Every entry was seen to violate it. */
export interface Freedom {
  /** Events without which the claim is violated as well: none in a run that is as short as can be. */
  readonly needless: readonly number[];
  /** Consecutive events that may come in any order. */
  readonly anyOrder: readonly (readonly number[])[];
  /** Calls, alone or together, that may run on other CPUs. */
  readonly cpus: readonly {
    readonly calls: readonly number[];
    readonly others: readonly number[];
    readonly any: boolean;
  }[];
  readonly values: readonly FreeValue[];
  /** Events that others come in between: steps of the run, of the same call, after any of which they may come in. */
  readonly breaks: readonly { readonly event: number; readonly after: readonly number[] }[];
  /** Variants of the run that were tried, and how many there were to try. */
  readonly tried: number;
  readonly variants: number;
}

/** An argument or a choice of one event. */
export interface FreeValue {
  readonly event: number;
  /** Of a choice: the step that makes it. */
  readonly step?: string;
  readonly name: "request" | "order" | "pfn" | "args" | "choice";
  readonly given: string;
  readonly others: readonly string[];
  /** Every other value that could be tried does as well. */
  readonly any: boolean;
}

/** Who wrote what the violation rests on. */
export interface CausalSlice {
  /** What the claim read where it fails, and the step that left it so; no step: as it was at the beginning. */
  readonly seeds: readonly { readonly cell: string; readonly value: string; readonly step?: number }[];
  /** Steps whose writes the violation rests on, directly or through others, in order. */
  readonly links: readonly SliceLink[];
  readonly steps: number;
}

export interface SliceLink {
  readonly step: number;
  readonly event: number;
  readonly cpu: number;
  readonly text: string;
  /** The cells it changed that were read later, on the way to the violation. */
  readonly wrote: readonly Change[];
  /** 1 if the claim, or the step that violates it, read them; one more for every link in between. */
  readonly distance: number;
}

/**
 * From when on nothing could be done about it. Quantified over every schedule of the run's own remaining calls that comes to
 * rest: each CPU makes the calls it makes in the run, in the same order; steps, IPIs, workers, stores and what hardware may do
 * come in any order in between.
 */
export type Fate =
  /** After `step` every such schedule violates the claim; before it `instead` does not. `step` 0: from the beginning. */
  | { readonly kind: "sealed"; readonly step: number; readonly instead: readonly ToldEvent[]; readonly states: number }
  /** After `step` every such schedule violates the claim; whether it could be avoided before was not decided. */
  | { readonly kind: "unknown"; readonly step: number; readonly states: number };

/** An event of a schedule that is not the run's. */
export interface ToldEvent {
  readonly cpu: number;
  readonly text: string;
}
