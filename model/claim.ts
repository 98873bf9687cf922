import type { Design } from "./design.ts";
import type { Machine } from "./machine.ts";
import type { DirtyPages } from "./moments.ts";

/** Where and how a claim failed, in the reader's terms. Names the frame, the CPU, the context and the values. */
export interface Witness {
  readonly text: string;
  /** The part of the claim that fails here, as what should hold; the claim's statement where it is of one piece. */
  readonly conjunct?: string;
  /** The values that the failing part speaks of, by name. */
  readonly operands?: Readonly<Record<string, string | number>>;
  readonly pfn?: number;
  readonly cpu?: number;
  readonly context?: number;
}

/** What a claim may look at: the machine after a step, what the step logged, and what each page was before it. */
export interface ClaimView {
  readonly machine: Machine;
  readonly design: Design;
  /** Abstract page state before the step, one `page * 3 + content` per pfn (refinement). */
  readonly alpha: Uint8Array;
  /** The same after the step; valid for the pages the step changed, in the full form for all. */
  readonly alphaAfter: Uint8Array;
  /** What each CPU and each pageblock was before the step, as numbers of the refinement's own; kept where worlds have them. */
  readonly cpusBefore: Uint8Array;
  readonly blocksBefore: Uint8Array;
  /** Pages changed since the last moment of a claim that holds at moments only. */
  readonly carried: DirtyPages;
}

export type ClaimKind = "safety" | "structure" | "deadlock" | "liveness" | "refinement" | "assumption";

/**
 * One thing we claim, as a sentence with *always* or *never*.
 *
 * - **check** is the full form: it looks at everything. **recheck** looks only at the pages and moments of the step just taken;
 *   a property test requires both to agree after every step.
 */
export interface Claim {
  readonly id: string;
  readonly kind: ClaimKind;
  readonly statement: string;
  /** Who is hurt when it fails. */
  readonly because: string;
  /** When it must hold. */
  readonly moment: string;
  readonly check: (view: ClaimView) => Witness | undefined;
  readonly recheck: (view: ClaimView) => Witness | undefined;
  /** `recheck` leans on pages carried over from earlier steps; a search, which jumps between states, uses `check`. */
  readonly carries?: (view: ClaimView) => boolean;
  /** A state that violates it has structures without meaning and is not explored further. */
  readonly terminal?: boolean;
  /** The claim speaks of something that this world has; of every world when absent. */
  readonly applies?: (machine: Machine) => boolean;
  /** The dangerous situation the claim is about; if it never occurs, the claim was vacuous. */
  readonly reach: { readonly statement: string; readonly occurs: (view: ClaimView) => boolean };
}
