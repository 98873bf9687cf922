import type { Recorder } from "../../model/column.ts";
import type { Machine } from "../../model/machine.ts";
import type { MicroStep } from "../../model/program.ts";

/** Written by the machinery for every step: its frame, who runs, and the program counter. */
const MACHINERY = ["cpu.pc", "cpu.depth", "cpu.local", "cpu.running"];
/** Read by the context check of a step that needs interrupts on, or flushes. */
const CONTEXT_CHECK = ["cpu.irqsOff", "cpu.lockHolder", "cpu.preemptOff", "cpu.depth"];

const IN_CHECK: ReadonlySet<string> = new Set(CONTEXT_CHECK);
const IN_NOTHING: ReadonlySet<string> = new Set();

/** Collects every access of a step to a column that the step does not declare. */
export class TouchRecorder implements Recorder {
  readonly undeclared = new Set<string>();
  /** Steps that ran while somebody looked. */
  readonly seen = new Set<string>();
  private allowed: ReadonlySet<string> | undefined;
  private readable: ReadonlySet<string> = new Set();
  private name = "";
  private readonly columns = new Map<MicroStep, ReadonlySet<string>>();

  /** From here on each step of the machine is watched. */
  follow({ k }: Machine): void {
    const step = k.step.bind(k);
    k.step = (cpu, level, choice) => {
      const next = k.stepAt(cpu, level);
      this.name = `${k.programAt(cpu, level).name}/${next.label}`;
      this.readable = next.needs !== "any" || next.flush !== undefined ? IN_CHECK : IN_NOTHING;
      this.allowed = this.declared(next);
      this.seen.add(this.name);
      const done = step(cpu, level, choice);
      this.allowed = undefined;
      return done;
    };
  }

  private declared(step: MicroStep): ReadonlySet<string> {
    const known = this.columns.get(step) ?? new Set([...MACHINERY, ...step.touches]);
    this.columns.set(step, known);
    return known;
  }

  read(column: string): void {
    if (this.allowed === undefined || this.allowed.has(column) || this.readable.has(column)) return;
    this.undeclared.add(`${this.name} reads ${column}`);
  }

  write(column: string): void {
    if (this.allowed === undefined || this.allowed.has(column)) return;
    this.undeclared.add(`${this.name} writes ${column}`);
  }
}
