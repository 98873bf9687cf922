import { assert } from "../../model/failure.ts";
import type { Machine } from "../../model/machine.ts";
import { MOMENT } from "../../model/moments.ts";
import { Judge } from "../judge.ts";

/** A claim that failed: `when` it failed, at a step that has passed or in the state as it is. */
export interface KernelViolation {
  readonly claim: string;
  readonly statement: string;
  readonly text: string;
  readonly when: "step" | "now";
  /** The call during which it failed, and the micro-step: its label and the kernel function it imitates. */
  readonly call?: string;
  readonly step?: string;
}

/**
 * Holds the claims against every micro-step of a kernel, and remembers what failed until somebody asks.
 *
 * - **Cost**: O(pages changed) per step; the question what fails *now* looks at all of memory.
 */
export class ClaimWatch {
  /** Why no further call is accepted: structures without meaning, or a call that cannot end. Empty while all is well. */
  halt = "";
  /** What is being run, for reports. */
  call = "";
  private readonly judge: Judge | undefined;
  private seen = 0;
  private found: KernelViolation[] = [];

  get stopped(): boolean {
    return this.halt !== "";
  }

  constructor(
    private readonly machine: Machine,
    watched: boolean,
  ) {
    if (!watched) return;
    this.judge = new Judge(machine, "run");
    // Only the refinement asks what a page was before a step.
    if (this.judge.claims.some((claim) => claim.kind === "refinement")) this.judge.load();
  }

  /** Judges the step just taken, of that label and imitating that kernel function. */
  after(imitates: string, label: string): void {
    const { judge, machine } = this;
    if (judge === undefined || (machine.k.dirty.count === 0 && machine.k.moments.count === 0)) return;
    const violated = judge.afterStep();
    if ((violated & ~this.seen) !== 0)
      this.report(violated & ~this.seen, label === "" ? imitates : `${label} (${imitates})`);
    judge.commit();
  }

  /** Somebody is in the middle of a call and nobody can move, or has moved for longer than any call takes. */
  standstill(step: string, moving: boolean): void {
    this.halt = `${this.call} ${moving ? "goes round without end" : "waits for ever"} at ${step}`;
    const { judge } = this;
    if (judge === undefined || moving) return;
    this.report(judge.atStandstill() & ~this.seen, step);
  }

  /** What failed since the last question, then what fails in the state as it is; nothing may be running. */
  violations(): readonly KernelViolation[] {
    const past = this.found;
    this.found = [];
    this.seen = 0;
    return [...past, ...this.now()];
  }

  private report(fresh: number, step: string): void {
    const { judge } = this;
    assert(judge !== undefined, "who reports a violation has judged it");
    this.seen |= fresh;
    judge.claims.forEach((claim, bit) => {
      if (((fresh >>> bit) & 1) === 0) return;
      const { text } = judge.witness(bit);
      this.found.push({ claim: claim.id, statement: claim.statement, text, when: "step", call: this.call, step });
    });
    if ((fresh & judge.terminalMask) !== 0) this.halt = `${this.call} has broken the structures at ${step}`;
  }

  /** All claims in their full form, as if a call had just returned and the first zone's lock had just been released. */
  private now(): KernelViolation[] {
    const { machine } = this;
    machine.clearStep();
    const judge = new Judge(machine, "full");
    judge.load();
    machine.k.moments.push(MOMENT.lockRelease, 0, 0);
    machine.k.moments.push(MOMENT.callReturn, -1, 0);
    const mask = judge.afterStep();
    const failing = judge.claims.flatMap((claim, bit) =>
      ((mask >>> bit) & 1) === 0
        ? []
        : [{ claim: claim.id, statement: claim.statement, text: judge.witness(bit).text, when: "now" as const }],
    );
    machine.clearStep();
    return failing;
  }
}
