import { type Kernel, LEVEL_HARDIRQ, LEVEL_TASK } from "../../model/kernel.ts";
import type { Machine } from "../../model/machine.ts";
import { MOMENT } from "../../model/moments.ts";
import type { ClaimWatch } from "./claim-watch.ts";
import type { Chooser } from "./driver.ts";

/** Steps after which calls that have not all returned are called stuck. */
const STEPS_MAX = 10_000_000;

/** One of several calls that run at once: an allocation, or the free of a block. */
export type ConcurrentCall =
  | { readonly cpu: number; readonly request: number; readonly order: number }
  | { readonly cpu: number; readonly free: number };

/**
 * Runs one call on each of several CPUs, their micro-steps and interrupts in an order drawn step by step.
 *
 * - **Shapes, units**: at most one call per CPU; answers, per CPU, the pfn that its call returned, -1 for none.
 */
export class Together {
  private readonly answers: Int32Array;

  constructor(
    private readonly machine: Machine,
    private readonly watch: ClaimWatch,
    private readonly choose: Chooser,
  ) {
    this.answers = new Int32Array(machine.world.cpus).fill(-1);
  }

  run(calls: readonly ConcurrentCall[]): Int32Array {
    for (const call of calls) this.start(call);
    for (let steps = 0; !this.watch.stopped; steps++) {
      const active = this.active();
      if (active.length === 0) break;
      if (steps >= STEPS_MAX) this.watch.standstill("a step of theirs", true);
      else if (!this.moveOne(active)) this.watch.standstill("a step of theirs", false);
    }
    return this.answers;
  }

  private start(call: ConcurrentCall): void {
    const { machine } = this;
    machine.clearStep();
    if ("free" in call) machine.startFree(call.cpu, LEVEL_TASK, call.free);
    else machine.k.start(call.cpu, LEVEL_TASK, machine.software.alloc, 0, call.request, call.order, 0);
    this.watch.after("the beginning of a call", "");
  }

  /** CPUs with a step to take or an interrupt to serve. */
  private active(): number[] {
    const { k, world } = this.machine;
    const found: number[] = [];
    for (let cpu = 0; cpu < world.cpus; cpu++) {
      if (levelOf(k, cpu) >= 0 || pendingIpi(k, cpu) >= 0) found.push(cpu);
    }
    return found;
  }

  /** A drawn CPU moves; where it is blocked, the next that can. False when nobody can. */
  private moveOne(active: readonly number[]): boolean {
    const from = this.choose(active.length);
    for (let i = 0; i < active.length; i++) {
      if (this.move(active[(from + i) % active.length] as number)) return true;
    }
    return false;
  }

  private move(cpu: number): boolean {
    const { k } = this.machine;
    const initiator = pendingIpi(k, cpu);
    const level = levelOf(k, cpu);
    this.machine.clearStep();
    if (initiator >= 0 && (level < 0 || this.choose(2) === 0)) {
      k.deliverIpi(cpu, initiator);
      this.watch.after("an inter-processor interrupt", "");
      return true;
    }
    if (level < 0) return false;
    const step = k.stepAt(cpu, level);
    if (!k.step(cpu, level, step.choices === undefined ? 0 : this.choose(k.arity(cpu, level)))) return false;
    if (k.depth(cpu, LEVEL_TASK) === 0 && level === LEVEL_TASK) this.answers[cpu] = answerOf(k);
    this.watch.after(step.imitates, step.label);
    return true;
  }
}

function levelOf(k: Kernel, cpu: number): number {
  if (k.depth(cpu, LEVEL_HARDIRQ) > 0) return LEVEL_HARDIRQ;
  return k.depth(cpu, LEVEL_TASK) > 0 ? LEVEL_TASK : -1;
}

/** Who has interrupted the CPU and waits; -1 for nobody, or while it takes no interrupts. */
function pendingIpi(k: Kernel, cpu: number): number {
  if (!k.irqsEnabled(cpu)) return -1;
  for (let initiator = 0; initiator < k.world.cpus; initiator++) if (k.ipiPending(cpu, initiator)) return initiator;
  return -1;
}

function answerOf({ moments }: Kernel): number {
  for (let i = moments.count - 1; i >= 0; i--) {
    if (moments.kinds[i] === MOMENT.callReturn && moments.aux[i] === LEVEL_TASK) return moments.pfns[i] as number;
  }
  return -1;
}
