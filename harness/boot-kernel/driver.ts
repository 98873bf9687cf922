import { assert } from "../../model/failure.ts";
import { type Kernel, LEVEL_HARDIRQ, LEVEL_WORKER } from "../../model/kernel.ts";
import type { Machine } from "../../model/machine.ts";
import { MOMENT, type Moments } from "../../model/moments.ts";
import type { MicroStep, Program } from "../../model/program.ts";
import type { ClaimWatch } from "./claim-watch.ts";

/** Steps after which a call that has not returned is called stuck. */
const STEPS_MAX = 10_000_000;

/** Times that woken threads run after one call before they are left for later: two that wake each other never rest. */
const WORKER_RUNS_MAX = 64;

const NO_BLOCKS: readonly number[] = [];

/** Is told that a step has been taken, while its log of changed pages and moments can be read. */
export type StepProbe = () => void;

/** Draws a number below `arity`. */
export type Chooser = (arity: number) => number;

/**
 * Runs one call at a time to its end, each micro-step judged, interrupts served as they come, woken threads behind it.
 *
 * What the call came to is left in the fields until the next is begun.
 *
 * - **Cost**: O(1) per step in CPUs and pages.
 */
export class Driver {
  /** What the call returned, less one: a page's pfn; -1 for nothing. */
  value = -1;
  /** Label of the step it ended with. */
  lastStep = "";
  /** Blocks that a bulk call handed to its caller, in the order in which it did. */
  handedOut: readonly number[] = NO_BLOCKS;
  private collects = false;

  constructor(
    private readonly machine: Machine,
    private readonly watch: ClaimWatch,
    private readonly choose: Chooser | undefined,
    private readonly probe: StepProbe | undefined,
  ) {}

  /** Starts a program on a level of a CPU and runs it to its end. */
  call(cpu: number, level: number, program: Program, a: number, b: number, c: number, d: number): void {
    this.begin();
    this.collects = program.role === "bulk";
    this.machine.k.start(cpu, level, program, a, b, c, d);
    this.finish(cpu, level);
  }

  /** The owner gives a block back, and the free runs to its end. */
  free(cpu: number, level: number, pfn: number): void {
    this.begin();
    this.machine.startFree(cpu, level, pfn);
    this.finish(cpu, level);
  }

  /** Runs every kernel thread that is woken, until none is or they will not rest. Answers how many times one ran. */
  runWorkers(): number {
    const { software, world } = this.machine;
    let runs = 0;
    for (let ran = true; ran && runs < WORKER_RUNS_MAX; ) {
      ran = false;
      for (let cpu = 0; cpu < world.cpus; cpu++) {
        for (let index = 0; index < software.workers.length && !this.watch.stopped; index++) {
          if (!this.runWorker(cpu, index)) continue;
          ran = true;
          runs++;
        }
      }
    }
    return runs;
  }

  private runWorker(cpu: number, index: number): boolean {
    const { k, software } = this.machine;
    const worker = software.workers[index];
    if (worker === undefined || k.depth(cpu, LEVEL_WORKER) > 0 || !worker.wanted(k, cpu)) return false;
    this.begin();
    this.machine.startWorker(cpu, index);
    this.finish(cpu, LEVEL_WORKER);
    return true;
  }

  private begin(): void {
    this.machine.clearStep();
    this.value = -1;
    this.handedOut = NO_BLOCKS;
    this.collects = false;
  }

  private finish(cpu: number, level: number): void {
    const { k } = this.machine;
    this.judge("the beginning of the call", "");
    for (let steps = 0; k.depth(cpu, level) > 0 && !this.watch.stopped; steps++) {
      if (steps < STEPS_MAX && this.step(cpu, level)) continue;
      if (steps < STEPS_MAX && (this.serveInterrupts() || this.runAnyWorker(level))) continue;
      this.watch.standstill(stepName(k, cpu, level), steps >= STEPS_MAX);
    }
  }

  /** One judged micro-step; false when it was blocked. */
  private step(cpu: number, level: number): boolean {
    const { machine } = this;
    const { k } = machine;
    const choice = this.choose === undefined ? 0 : this.drawChoice(k.arity(cpu, level), this.choose);
    machine.clearStep();
    if (!k.step(cpu, level, choice)) return false;
    const step = k.lastStep;
    assert(step !== undefined, "a step that was taken is known");
    if (k.depth(cpu, level) === 0) this.takeAnswer(level, step);
    this.judge(step.imitates, step.label);
    return true;
  }

  /** Draws only where there is a choice, so that a seed's choices do not depend on how many steps have none. */
  private drawChoice(arity: number, choose: Chooser): number {
    return arity === 1 ? 0 : choose(arity);
  }

  private judge(imitates: string, label: string): void {
    this.probe?.();
    this.watch.after(imitates, label);
  }

  private takeAnswer(level: number, step: MicroStep): void {
    const { moments } = this.machine.k;
    this.lastStep = step.label;
    for (let i = moments.count - 1; i >= 0; i--) {
      if (moments.kinds[i] !== MOMENT.callReturn || moments.aux[i] !== level) continue;
      this.value = moments.pfns[i] as number;
      if (this.collects) this.handedOut = handOuts(moments);
      return;
    }
  }

  /** Delivers every pending IPI whose target has interrupts on, and runs its handler; false when there was none. */
  private serveInterrupts(): boolean {
    const { k, world } = this.machine;
    let served = false;
    for (let cpu = 0; cpu < world.cpus; cpu++) {
      for (let initiator = 0; initiator < world.cpus; initiator++) {
        if (!k.irqsEnabled(cpu) || !k.ipiPending(cpu, initiator)) continue;
        this.machine.clearStep();
        k.deliverIpi(cpu, initiator);
        this.judge("an inter-processor interrupt", "");
        while (k.depth(cpu, LEVEL_HARDIRQ) > 0 && this.step(cpu, LEVEL_HARDIRQ));
        served = true;
      }
    }
    return served;
  }

  /** A task that waits sleeps: a woken thread may do what it waits for. */
  private runAnyWorker(waiting: number): boolean {
    const { software, world } = this.machine;
    if (waiting >= LEVEL_WORKER) return false;
    for (let cpu = 0; cpu < world.cpus; cpu++) {
      for (let index = 0; index < software.workers.length; index++) {
        if (this.runWorker(cpu, index)) return true;
      }
    }
    return false;
  }
}

/** A call that hands out several blocks does so in its last step. */
function handOuts(moments: Moments): number[] {
  const pfns: number[] = [];
  for (let i = 0; i < moments.count; i++) if (moments.kinds[i] === MOMENT.handOut) pfns.push(moments.pfns[i] as number);
  return pfns;
}

function stepName(k: Kernel, cpu: number, level: number): string {
  return `${k.programAt(cpu, level).name}/${k.stepAt(cpu, level).label}`;
}
