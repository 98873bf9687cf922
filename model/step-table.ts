import { assert, InternalError } from "./failure.ts";
import type { MicroStep, Program } from "./program.ts";

/** All steps of all programs in one index space; a program counter is an index into it, + 1. */
export class StepTable {
  private readonly steps: readonly MicroStep[];
  private readonly owners: readonly Program[];
  private readonly silent: Uint8Array;
  private readonly starts: readonly number[];
  private readonly first = new Map<Program, number>();

  /** A step that this world has no use for: passed over. */
  private readonly skipped: Uint8Array;

  constructor(
    readonly programs: readonly Program[],
    whole = false,
  ) {
    const steps: MicroStep[] = [];
    const owners: Program[] = [];
    const starts: number[] = [];
    for (const program of programs) {
      assert(!this.first.has(program), `program ${program.name} is registered once`);
      this.first.set(program, steps.length);
      for (const step of program.steps) {
        steps.push(step);
        owners.push(program);
        starts.push(this.first.get(program) ?? 0);
      }
    }
    this.steps = steps;
    this.owners = owners;
    this.starts = starts;
    this.skipped = Uint8Array.from(steps, (step) => (step.whole === true && !whole ? 1 : 0));
    this.silent = Uint8Array.from(steps, (step, at) => (isSilent(step) || this.skipped[at] === 1 ? 1 : 0));
  }

  get stepCount(): number {
    return this.steps.length;
  }

  get localsPerFrame(): number {
    return Math.max(4, ...this.programs.map((program) => program.locals.length));
  }

  stepAt(index: number): MicroStep {
    return this.steps[index] as MicroStep;
  }

  programOf(index: number): Program {
    return this.owners[index] as Program;
  }

  /** `program/label` of every step, by index. */
  names(): string[] {
    return this.steps.map((step, index) => `${this.programOf(index).name}/${step.label}`);
  }

  /** Index of the first step of the program that the step at `index` belongs to. */
  startOf(index: number): number {
    return this.starts[index] as number;
  }

  /** The step at `index` touches nothing but its own frame and cannot go two ways. */
  isSilent(index: number): boolean {
    return this.silent[index] === 1;
  }

  /** The step is not part of this world: control falls through it. */
  isSkipped(index: number): boolean {
    return this.skipped[index] === 1;
  }

  /** The program whose first step has this index. */
  programAt(index: number): Program {
    return this.programOf(index);
  }

  firstOf(program: Program): number {
    const index = this.first.get(program);
    if (index === undefined)
      throw new InternalError(`program ${program.name} is registered with the design that calls it`);
    return index;
  }
}

function isSilent(step: MicroStep): boolean {
  return step.touches.length === 0 && step.choices === undefined && step.needs === "any" && step.flush === undefined;
}
