import type { Bound, Column } from "./column.ts";
import { InternalError } from "./failure.ts";
import type { kernelColumns } from "./kernel-columns.ts";
import type { Outcome, Program } from "./program.ts";
import { RETURN } from "./program.ts";

/** Locals that a call sets whatever the program declares. */
const ENTRY_LOCALS = 4;

/**
 * The activation record of the program that is running: its locals are cells of the state, addressed by index.
 *
 * One object is reused for every step; it must not be kept.
 */
export class Frame {
  program: Program | undefined;
  private base = 0;
  private readonly locals: Column;
  private readonly localsPerFrame: number;
  /** Value passed to the caller by `return`. */
  returned = 0;

  constructor(columns: Bound<typeof kernelColumns>, localsPerFrame: number) {
    this.locals = columns.local;
    this.localsPerFrame = localsPerFrame;
  }

  /** Points at the frame in row `index` of the frame columns. */
  open(program: Program, index: number): void {
    this.program = program;
    this.base = index * this.localsPerFrame;
  }

  get(local: number): number {
    return this.locals.get(this.base + local);
  }

  set(local: number, value: number): void {
    this.locals.set(this.base + local, value);
  }

  /** The answer "go to the step with this label". */
  goto(label: string): Outcome {
    const index = this.program?.indexOf.get(label);
    if (index === undefined) throw new InternalError(`program ${this.program?.name} has a step labelled ${label}`);
    return index;
  }

  /** The answer "leave the program with this value"; the caller finds it in its local 0. */
  return(value: number): Outcome {
    this.returned = value;
    return RETURN;
  }

  clear(): void {
    const used = Math.max(ENTRY_LOCALS, this.program?.locals.length ?? 0);
    for (let i = 0; i < used; i++) this.locals.set(this.base + i, 0);
  }
}
