import type { Recorder } from "../../model/column.ts";
import type { Machine } from "../../model/machine.ts";

/** Written by the machinery for every step: its frame, who runs, and the program counter. */
const MACHINERY = ["cpu.pc", "cpu.depth", "cpu.local", "cpu.running"];
/** Read by the context check of a step that needs interrupts on, or flushes. */
const CONTEXT_CHECK = ["cpu.irqsOff", "cpu.lockHolder", "cpu.preemptOff", "cpu.depth"];

/** Collects every access of a step to a column that the step does not declare. */
export class TouchRecorder implements Recorder {
  readonly undeclared = new Set<string>();
  /** Steps that ran while somebody looked. */
  readonly seen = new Set<string>();
  private allowed: ReadonlySet<string> | undefined;
  private readable: ReadonlySet<string> = new Set();
  private name = "";

  /** From here on each step of the machine is watched. */
  follow({ k }: Machine): void {
    const step = k.step.bind(k);
    k.step = (cpu, level, choice) => {
      const next = k.stepAt(cpu, level);
      this.name = `${k.programAt(cpu, level).name}/${next.label}`;
      this.readable = new Set(next.needs !== "any" || next.flush !== undefined ? CONTEXT_CHECK : []);
      this.allowed = new Set([...MACHINERY, ...next.touches]);
      this.seen.add(this.name);
      const done = step(cpu, level, choice);
      this.allowed = undefined;
      return done;
    };
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
