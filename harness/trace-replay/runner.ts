import { LEVEL_HARDIRQ, LEVEL_SOFTIRQ, LEVEL_TASK, LEVEL_WORKER } from "../../model/kernel.ts";
import type { Machine } from "../../model/machine.ts";
import { MOMENT } from "../../model/moments.ts";
import type { Cost, Program } from "../../model/program.ts";
import type { Watch } from "./watch.ts";

/** Steps after which a call that has not returned is called stuck; the longest batch of a 128 GiB zone is far below. */
const STEPS_MAX = 1_000_000_000;

const LEVELS = 4;

/** What a call answered: the block it was given, or -1. */
export type CallResult = number;

/**
 * Takes micro-steps of a machine, one CPU or several in turn, each judged: the scheduler of a replay.
 *
 * Unlike a scenario's it enumerates nothing: a recording says who calls, and in between the only choices are whose turn it is.
 *
 * - **Cost**: O(1) per step in CPUs and pages.
 */
export class Runner {
  readonly costs: Record<Cost, number> = blankCosts();
  private readonly results: Int32Array;
  private readonly cpus: number;

  constructor(
    private readonly machine: Machine,
    private readonly watch: Watch,
  ) {
    this.cpus = machine.world.cpus;
    this.results = new Int32Array(this.cpus * LEVELS);
  }

  startAlloc(cpu: number, level: number, request: number, order: number): void {
    this.machine.clearStep();
    this.machine.k.start(cpu, level, this.machine.software.alloc, 0, request, order, 0);
  }

  /** The owner gives a block back: a step of its own, since the ledger changes. */
  startFree(cpu: number, level: number, pfn: number): void {
    this.machine.clearStep();
    this.machine.startFree(cpu, level, pfn);
    this.watch.step(undefined);
  }

  /** An entry point beyond allocating and freeing, of a block. */
  startCall(cpu: number, level: number, program: Program, order: number, pfn: number): void {
    this.machine.clearStep();
    this.machine.k.start(cpu, level, program, 0, 0, order, pfn + 1);
  }

  startWorker(cpu: number, index: number): void {
    this.machine.clearStep();
    this.machine.startWorker(cpu, index);
    this.watch.step(undefined);
  }

  /** Runs what was started on a level to its end, serving interrupts of other CPUs as they come. */
  finish(cpu: number, level: number): CallResult {
    const { k } = this.machine;
    for (let steps = 0; k.depth(cpu, level) > 0 && !this.watch.stopped; steps++) {
      if (steps < STEPS_MAX && this.step(cpu, level)) continue;
      if (!this.serveInterrupts()) this.stuck();
    }
    return this.results[cpu * LEVELS + level] as number;
  }

  /** Takes up to `steps` steps of a level; fewer when its call returns or is blocked. */
  advance(cpu: number, level: number, steps: number): void {
    for (let i = 0; i < steps && this.isActive(cpu, level); i++) if (!this.step(cpu, level)) return;
  }

  /** Lets all CPUs take a step in turn until the level's call has returned. */
  finishBeside(cpu: number, level: number): CallResult {
    for (let turns = 0; this.isActive(cpu, level); turns++) {
      if (turns >= STEPS_MAX || !this.turn()) this.stuck();
    }
    return this.results[cpu * LEVELS + level] as number;
  }

  /** Lets all CPUs take a step in turn until interrupts are on at `cpu`. */
  untilInterruptible(cpu: number): void {
    for (let turns = 0; !this.machine.k.irqsEnabled(cpu) && !this.watch.stopped; turns++) {
      if (turns >= STEPS_MAX || !this.turn()) this.stuck();
    }
  }

  isActive(cpu: number, level: number): boolean {
    return this.machine.k.depth(cpu, level) > 0 && !this.watch.stopped;
  }

  /** One step of every CPU that has something to do, interrupts first; false when nobody could move. */
  private turn(): boolean {
    let moved = false;
    for (let cpu = 0; cpu < this.cpus && !this.watch.stopped; cpu++) {
      const level = this.topLevel(cpu);
      if (this.deliver(cpu) || (level >= 0 && this.step(cpu, level))) moved = true;
    }
    return moved;
  }

  private topLevel(cpu: number): number {
    const { k } = this.machine;
    if (k.depth(cpu, LEVEL_HARDIRQ) > 0) return LEVEL_HARDIRQ;
    if (k.depth(cpu, LEVEL_SOFTIRQ) > 0) return LEVEL_SOFTIRQ;
    const running = k.running(cpu);
    if (running > 0) return running - 1;
    if (k.depth(cpu, LEVEL_TASK) > 0) return LEVEL_TASK;
    return k.depth(cpu, LEVEL_WORKER) > 0 ? LEVEL_WORKER : -1;
  }

  /** Delivers every pending IPI whose target has interrupts on, and runs its handler; false when there was none. */
  private serveInterrupts(): boolean {
    let served = false;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      while (this.deliver(cpu)) {
        served = true;
        this.finish(cpu, LEVEL_HARDIRQ);
      }
    }
    return served;
  }

  private deliver(cpu: number): boolean {
    const { k } = this.machine;
    if (!k.irqsEnabled(cpu)) return false;
    for (let initiator = 0; initiator < this.cpus; initiator++) {
      if (!k.ipiPending(cpu, initiator)) continue;
      this.machine.clearStep();
      k.deliverIpi(cpu, initiator);
      this.watch.step(undefined);
      return true;
    }
    return false;
  }

  /** One judged micro-step; false when it was blocked. Where there is a choice the first is taken. */
  private step(cpu: number, level: number): boolean {
    const { machine, watch } = this;
    const { k } = machine;
    machine.clearStep();
    if (!k.step(cpu, level, 0)) return false;
    const step = k.lastStep;
    watch.microSteps++;
    if (step !== undefined) this.count(step.cost);
    if (k.moments.has(MOMENT.callReturn)) this.results[cpu * LEVELS + level] = this.returned(level);
    watch.step(step);
    return true;
  }

  /** A switch over the most frequent is several times faster than an entry looked up by name. */
  private count(cost: Cost): void {
    if (cost === "list") this.costs.list++;
    else if (cost === "lock") this.costs.lock++;
    else if (cost === "zero") this.costs.zero++;
    else if (cost === "none") this.costs.none++;
    else this.costs[cost]++;
  }

  /** What the call that just returned on a level answered. */
  private returned(level: number): number {
    const { moments } = this.machine.k;
    for (let i = moments.count - 1; i >= 0; i--) {
      if (moments.kinds[i] === MOMENT.callReturn && moments.aux[i] === level) return moments.pfns[i] as number;
    }
    return -1;
  }

  /** Somebody is in the middle of a call and nobody can move: reported, and the run is over. */
  private stuck(): void {
    this.watch.standstill();
    this.watch.stopped = true;
  }
}

function blankCosts(): Record<Cost, number> {
  return { ipi: 0, "flush-page": 0, "flush-all": 0, wait: 0, zero: 0, lock: 0, list: 0, map: 0, unmap: 0, none: 0 };
}
