import type { Frame } from "./frame.ts";
import type { Kernel } from "./kernel.ts";
import type { Sort } from "./sorts.ts";

/**
 * What a micro-step answers. A non-negative answer is the index of the step to go to (`frame.goto("label")`).
 *
 * - `NEXT`: fall through. `BLOCKED`: nothing was changed, try again later. `RETURN`: leave the program (use
 *   `frame.return(value)`). `CALL`: a callee was pushed (use `kernel.call(program, …)`). `YIELD`: fall through, and another
 *   task of this CPU may run first (cond_resched).
 */
export type Outcome = number;

export const NEXT: Outcome = -1;
export const BLOCKED: Outcome = -2;
export const RETURN: Outcome = -3;
export const CALL: Outcome = -4;
export const YIELD: Outcome = -5;
export const AGAIN: Outcome = -6;

/** What a step demands of its context; a step run elsewhere is a violation of S23, reported, not thrown. */
export type Need = "any" | "irqs-on" | "may-sleep";

/** How a step flushes other CPUs, which decides the context rules that apply (semantics of S23 per mechanism). */
export type FlushMechanism = "ipi" | "broadcast";

/** Event counted by cost runs; not part of the state. */
export type Cost = "ipi" | "flush-page" | "flush-all" | "wait" | "zero" | "lock" | "list" | "map" | "unmap" | "none";

/**
 * One micro-step: what a CPU does between two moments at which another CPU can look.
 *
 * - **label**: unique in its program, stable across versions (`aliases` keep old counterexamples replayable).
 * - **imitates**: the kernel function it stands for.
 * - **touches**: every column it may read or write beside its own frame, validated by recording. A step that touches none
 *   runs as part of the one before it.
 * - **choices**: how many ways the step can go (a failing allocation, which CPU is next); 1 when absent.
 */
export interface MicroStep {
  readonly label: string;
  readonly aliases?: readonly string[];
  readonly imitates: string;
  readonly needs: Need;
  readonly cost: Cost;
  readonly flush?: FlushMechanism;
  readonly touches: readonly string[];
  /** Only where the whole allocator runs; elsewhere the step is passed over, as if it were not written. */
  readonly whole?: boolean;
  choices?(k: Kernel, frame: Frame): number;
  run(k: Kernel, frame: Frame, choice: number): Outcome;
}

/**
 * What the workload must know of an entry point: which call it is. Local 0 of an `alloc` or `free` program is its result.
 *
 * - `alloc` answers one block; `range` the link of the first page of a run that ends before the link in local 2
 *   (alloc_contig_range, alloc_pages_exact), handed out page by page; `bulk` the number of pages left on the CPU's bulk list.
 * - `direct-map` changes the kernel's direct map (S14, S15); `split` turns one large leaf into small ones that map the same.
 */
export type Role =
  | "alloc"
  | "range"
  | "bulk"
  | "free"
  | "drain"
  | "worker"
  | "handler"
  | "inner"
  | "direct-map"
  | "split";

/** Locals of every entry program, at fixed places: the workload reads the request when the call returns. */
export const LOCAL_RESULT = 0;
export const LOCAL_REQUEST = 1;
export const LOCAL_ORDER = 2;
/** Of a `range`: link of the page behind the last. */
export const LOCAL_END = 2;

/** One local variable of a program; `link` locals hold index + 1. */
export interface LocalSpec {
  readonly name: string;
  readonly sort: Sort;
  readonly link?: boolean;
}

export interface Program {
  readonly name: string;
  readonly role: Role;
  readonly locals: readonly LocalSpec[];
  readonly steps: readonly MicroStep[];
  readonly indexOf: ReadonlyMap<string, number>;
}

/**
 * Builds a program from its steps, in order of execution.
 *
 * - **Errors**: throws when two steps share a label.
 */
export function defineProgram(definition: Omit<Program, "indexOf">): Program {
  const indexOf = new Map<string, number>();
  definition.steps.forEach((step, index) => {
    for (const label of [step.label, ...(step.aliases ?? [])]) {
      if (indexOf.has(label)) throw new Error(`program ${definition.name} has two steps labelled ${label}`);
      indexOf.set(label, index);
    }
  });
  return { ...definition, indexOf };
}
