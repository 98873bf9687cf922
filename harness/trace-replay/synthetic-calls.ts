import type { Column } from "../../model/column.ts";
import { LEVEL_HARDIRQ, LEVEL_TASK, LEVEL_WORKER } from "../../model/kernel.ts";
import { kernelColumns } from "../../model/kernel-columns.ts";
import type { Machine } from "../../model/machine.ts";
import { INTERRUPT_PAGE, USER_PAGE } from "./request-table.ts";
import type { SyntheticCounts } from "./result.ts";
import type { Runner } from "./runner.ts";
import type { Watch } from "./watch.ts";
import type { Workers } from "./workers.ts";

/** Most steps that a traced call takes before a synthetic one comes in. */
const STEPS_BEFORE_MAX = 4;

type Mix = Exclude<keyof SyntheticCounts, "injected">;

/** What comes in, in turn. A machine with one CPU knows the first only. */
const MIXES: readonly Mix[] = [
  "hardirqSameCpu",
  "hardirqOtherCpu",
  "irqsOffOtherCpu",
  "flushWhileBusy",
  "hardirqInWorker",
  "secretReused",
];

/**
 * The contexts that recordings lack: allocations and frees in hard IRQ, in the middle of another call and on other CPUs; frees
 * with interrupts off; shootdowns that find their target busy; frees that come while their CPU's kernel thread is at its batch; a
 * user's page that goes straight to an interrupt.
 *
 * Each is an allocation of one page, or two, that is freed again at once, so that the recorded pages' places are not disturbed.
 * Which comes when is a function of the call's number alone.
 *
 * - **Shapes, units**: one in `every` calls; 0 for none.
 */
export class SyntheticCalls {
  readonly counts: { -readonly [K in keyof SyntheticCounts]: number } = {
    injected: 0,
    hardirqSameCpu: 0,
    hardirqOtherCpu: 0,
    irqsOffOtherCpu: 0,
    flushWhileBusy: 0,
    hardirqInWorker: 0,
    secretReused: 0,
  };
  private readonly irqsOff: Column;

  constructor(
    private readonly machine: Machine,
    private readonly runner: Runner,
    private readonly watch: Watch,
    private readonly workers: Workers,
    private readonly every: number,
  ) {
    this.irqsOff = machine.state.of(kernelColumns).irqsOff;
  }

  isDue(call: number): boolean {
    return this.every > 0 && call % this.every === this.every - 1;
  }

  /**
   * Comes in while the call on `cpu` and `level` is under way, or after it; returns with the synthetic call done and the other
   * perhaps not. Answers the CPU it ran on.
   */
  comeIn(call: number, cpu: number, level: number): number {
    const turn = Math.floor(call / this.every);
    const { cpus } = this.machine.world;
    const mix = MIXES[cpus === 1 ? 0 : turn % MIXES.length] as Mix;
    const other = (cpu + 1 + (turn % Math.max(cpus - 1, 1))) % cpus;
    this.runner.advance(cpu, level, 1 + (Math.floor(turn / MIXES.length) % STEPS_BEFORE_MAX));
    if (this.watch.stopped) return cpu;
    this.counts.injected++;
    this.counts[mix]++;
    this.watch.during = "synthetic";
    this.run(mix, cpu, other);
    this.watch.during = "call";
    return mix === "hardirqSameCpu" ? cpu : other;
  }

  private run(mix: Mix, cpu: number, other: number): void {
    switch (mix) {
      case "hardirqSameCpu":
        this.allocAndFree(cpu, LEVEL_HARDIRQ);
        break;
      case "hardirqOtherCpu":
        this.allocAndFree(other, LEVEL_HARDIRQ);
        break;
      case "irqsOffOtherCpu":
        this.irqsOff.set(other, this.irqsOff.get(other) + 1);
        this.allocAndFree(other, LEVEL_TASK);
        this.irqsOff.set(other, this.irqsOff.get(other) - 1);
        break;
      case "flushWhileBusy":
        this.runWorker(other, 0);
        break;
      case "hardirqInWorker":
        this.runWorker(other, 1 + (this.counts.injected % STEPS_BEFORE_MAX));
        break;
      case "secretReused":
        this.allocAndFree(other, LEVEL_TASK, USER_PAGE);
        this.allocAndFree(other, LEVEL_HARDIRQ);
        break;
    }
  }

  /** Makes work for a CPU's thread and runs it beside the traced call, interrupted after some steps (0: not at all). */
  private runWorker(cpu: number, interruptedAfter: number): void {
    this.allocAndFree(cpu, LEVEL_HARDIRQ);
    if (this.watch.stopped || !this.workers.startWanted(cpu)) return;
    if (interruptedAfter > 0) {
      this.runner.advance(cpu, LEVEL_WORKER, interruptedAfter);
      this.allocAndFree(cpu, LEVEL_HARDIRQ);
    }
    this.runner.finishBeside(cpu, LEVEL_WORKER);
  }

  private allocAndFree(cpu: number, level: number, request = INTERRUPT_PAGE): void {
    if (level === LEVEL_HARDIRQ) this.runner.untilInterruptible(cpu);
    if (this.watch.stopped) return;
    this.runner.startAlloc(cpu, level, request, 0);
    const pfn = this.runner.finishBeside(cpu, level);
    if (pfn < 0 || this.watch.stopped) return;
    this.runner.startFree(cpu, level, pfn);
    this.runner.finishBeside(cpu, level);
  }
}
