import { LEVEL_WORKER } from "../../model/kernel.ts";
import type { Machine } from "../../model/machine.ts";
import type { Program } from "../../model/program.ts";
import type { Runner } from "./runner.ts";

const SECOND_MICROS = 1_000_000;

/** round_jiffies() spreads the CPUs by three jiffies each; 250 jiffies a second, as Debian's kernels have. */
const SKEW_MICROS = 12_000;

/** A gap in the trace makes up for this many seconds at most. */
const CATCH_UP_MAX = 10;

/**
 * What the kernel does once a second on each CPU whatever the workload: vmstat_update, which folds counters in and, from 6.7
 * on, shortens idle pcplists.
 *
 * It runs at whole seconds of the clock, a CPU's skew later, before the first event from then on; where the trace tells no
 * time, never.
 *
 * - **Source**: `vmstat_update()`, `vmstat_shepherd()` in mm/vmstat.c: `round_jiffies_relative(sysctl_stat_interval)`.
 */
export class PeriodicWork {
  private readonly program: Program | undefined;
  private readonly due: Float64Array;
  private soonest = -1;

  constructor(
    machine: Machine,
    private readonly runner: Runner,
  ) {
    this.program = machine.software.calls.vmstat_update;
    this.due = new Float64Array(machine.world.cpus);
  }

  /** Runs what is due before an event of this time. */
  before(micros: number): void {
    if (micros < this.soonest || micros < 0 || this.program === undefined) return;
    if (this.soonest >= 0) this.run(micros, this.program);
    this.due.forEach((due, cpu) => {
      if (due <= micros) this.due[cpu] = nextSecond(micros, cpu);
    });
    this.soonest = Math.min(...this.due);
  }

  private run(micros: number, program: Program): void {
    for (let cpu = 0; cpu < this.due.length; cpu++) {
      const due = this.due[cpu] as number;
      const times = due > micros ? 0 : Math.min(CATCH_UP_MAX, 1 + Math.floor((micros - due) / SECOND_MICROS));
      for (let i = 0; i < times; i++) {
        this.runner.startCall(cpu, LEVEL_WORKER, program, 0, -1);
        this.runner.finish(cpu, LEVEL_WORKER);
      }
    }
  }
}

/** The next whole second, and the CPU's skew. */
function nextSecond(micros: number, cpu: number): number {
  const skew = cpu * SKEW_MICROS;
  return (Math.floor((micros - skew) / SECOND_MICROS) + 1) * SECOND_MICROS + skew;
}
