import { ACTION, actionArg, actionCpu, actionKind, encodeAction, stepArg, stepChoice, stepLevel } from "./action.ts";
import type { Bound, Recorder } from "./column.ts";
import { unreachable } from "./failure.ts";
import { Kernel, LEVEL_HARDIRQ, LEVEL_SOFTIRQ, LEVEL_TASK, LEVEL_WORKER } from "./kernel.ts";
import { workloadColumns } from "./kernel-columns.ts";
import type { FreeBlock, Software, WorldParameters } from "./software.ts";
import { makeWorld } from "./software.ts";
import { State } from "./state.ts";
import type { World } from "./world.ts";

/** One entry of the menu that tasks choose their allocations from. Units: index of the request, log2 of pages. */
export interface MenuEntry {
  readonly request: number;
  readonly order: number;
}

/**
 * A machine that runs one piece of software: which actions are enabled, and what each does.
 *
 * A call and a kernel thread share a CPU and do not preempt each other, unless the world says so; interrupts come in
 * between any two steps while they are on.
 */
export class Machine {
  readonly k: Kernel;
  readonly world: World;
  readonly state: State;
  private readonly quota: Bound<typeof workloadColumns>;

  constructor(
    readonly software: Software,
    parameters: WorldParameters,
    readonly menu: readonly MenuEntry[],
    recorder?: Recorder,
  ) {
    const { world, layout, table } = makeWorld(software, parameters);
    this.world = world;
    this.state = new State(layout, recorder);
    this.k = new Kernel(this.state, world, table);
    this.quota = this.state.of(workloadColumns);
  }

  /** Frees all of memory, or the given blocks (the rest is reserved by the caller), and grants each CPU its calls. */
  boot(quotas: readonly number[], blocks: readonly FreeBlock[] = wholeMemory(this.world)): void {
    this.software.boot(this.k, blocks);
    quotas.forEach((calls, cpu) => {
      this.quota.quota.set(cpu, calls);
    });
    this.clearStep();
  }

  /** Forgets what the last step logged. */
  clearStep(): void {
    this.k.moments.clear();
    this.k.dirty.clear();
  }

  quotaOf(cpu: number): number {
    return this.quota.quota.get(cpu);
  }

  grant(cpu: number, calls: number): void {
    this.quota.quota.set(cpu, calls);
  }

  /** Lists every enabled action in a fixed order. A step that turns out blocked is listed too; performing it answers false. */
  enumerate(visit: (action: number) => void): void {
    for (let cpu = 0; cpu < this.world.cpus; cpu++) this.enumerateCpu(cpu, visit);
  }

  /** The actions of one CPU. */
  enumerateCpu(cpu: number, visit: (action: number) => void): void {
    this.steps(cpu, visit);
    if (this.k.irqsEnabled(cpu)) this.interrupts(cpu, visit);
    if (this.isIdle(cpu)) this.demand(cpu, visit);
    if (this.world.preempt && this.canPreempt(cpu)) visit(encodeAction(ACTION.preempt, cpu, 0));
    if (this.world.modes) visit(encodeAction(this.k.hw.isProtected(cpu) ? ACTION.exit : ACTION.enter, cpu, 0));
    if (this.world.translations === "explicit") this.fills(cpu, visit);
  }

  /** Performs an action; false when a step was blocked, and then nothing changed. */
  perform(action: number): boolean {
    const cpu = actionCpu(action);
    const arg = actionArg(action);
    const kind = actionKind(action) as (typeof ACTION)[keyof typeof ACTION];
    switch (kind) {
      case ACTION.step:
        return this.k.step(cpu, stepLevel(action), stepChoice(action));
      case ACTION.ipi:
        this.k.deliverIpi(cpu, arg);
        return true;
      case ACTION.alloc:
        return this.startAlloc(cpu, LEVEL_TASK, arg);
      case ACTION.irqAlloc:
        return this.startAlloc(cpu, LEVEL_HARDIRQ, arg);
      case ACTION.free:
        return this.startFree(cpu, LEVEL_TASK, arg);
      case ACTION.irqFree:
        return this.startFree(cpu, LEVEL_HARDIRQ, arg);
      case ACTION.drain:
        this.spend(cpu);
        this.k.start(cpu, LEVEL_TASK, this.software.drain, 0, 0, 0, arg + 1);
        return true;
      case ACTION.worker:
        return this.startWorker(cpu, arg);
      case ACTION.preempt:
        this.k.yieldCpu(cpu);
        return true;
      case ACTION.enter:
        this.k.hw.enterProtected(cpu);
        return true;
      case ACTION.exit:
        this.k.hw.exitProtected(cpu);
        return true;
      case ACTION.fill:
        this.k.hw.translations.fill(cpu, arg);
        return true;
      case ACTION.evict:
        this.k.hw.translations.evict(cpu, arg);
        return true;
      default:
        return unreachable(kind);
    }
  }

  /** Starts an allocation on a level, whatever the quota. */
  startAlloc(cpu: number, level: number, entry: number): boolean {
    const item = this.menu[entry] as MenuEntry;
    this.spend(cpu);
    this.k.start(cpu, level, this.software.alloc, 0, item.request, item.order, 0);
    return true;
  }

  /** Takes a block back from its owner and starts freeing it. */
  startFree(cpu: number, level: number, pfn: number): boolean {
    this.spend(cpu);
    const order = this.k.ledger.takeBack(pfn);
    this.k.start(cpu, level, this.software.free, 0, 0, order, pfn + 1);
    return true;
  }

  startWorker(cpu: number, index: number): boolean {
    const worker = this.software.workers[index];
    if (worker === undefined) return false;
    this.k.start(cpu, LEVEL_WORKER, worker.program, 0, 0, 0, 0);
    return true;
  }

  /** No call, worker or interrupt is anywhere in the middle of something. */
  isQuiescent(): boolean {
    for (let cpu = 0; cpu < this.world.cpus; cpu++) {
      for (let level = 0; level < this.world.stacks.levels.length; level++)
        if (this.k.depth(cpu, level) > 0) return false;
    }
    return true;
  }

  /** A free that has been put off and will never be taken up again: some list that must drain is not empty. */
  hasUndrained(): boolean {
    const { kinds } = this.world.lists;
    for (let kind = 0; kind < kinds.length; kind++)
      if (kinds[kind]?.mustDrain === true && this.k.lists.pagesIn(2 + kind) > 0) return true;
    return false;
  }

  private spend(cpu: number): void {
    const left = this.quota.quota.get(cpu);
    if (left > 0) this.quota.quota.set(cpu, left - 1);
  }

  private isIdle(cpu: number): boolean {
    return (
      this.k.running(cpu) === 0 && this.k.depth(cpu, LEVEL_HARDIRQ) === 0 && this.k.depth(cpu, LEVEL_SOFTIRQ) === 0
    );
  }

  private steps(cpu: number, visit: (action: number) => void): void {
    if (this.k.depth(cpu, LEVEL_HARDIRQ) > 0) this.stepsOf(cpu, LEVEL_HARDIRQ, visit);
    else if (this.k.depth(cpu, LEVEL_SOFTIRQ) > 0) this.stepsOf(cpu, LEVEL_SOFTIRQ, visit);
    else {
      const running = this.k.running(cpu);
      for (let level = LEVEL_TASK; level <= LEVEL_WORKER; level++) {
        if ((running === 0 || running === level + 1) && this.k.depth(cpu, level) > 0) this.stepsOf(cpu, level, visit);
      }
    }
  }

  private stepsOf(cpu: number, level: number, visit: (action: number) => void): void {
    const arity = this.k.arity(cpu, level);
    for (let choice = 0; choice < arity; choice++) visit(encodeAction(ACTION.step, cpu, stepArg(level, choice)));
  }

  private interrupts(cpu: number, visit: (action: number) => void): void {
    for (let peer = 0; peer < this.world.cpus; peer++) {
      if (this.k.ipiPending(cpu, peer)) visit(encodeAction(ACTION.ipi, cpu, peer));
    }
    if (this.world.irq && this.quotaOf(cpu) > 0) this.calls(cpu, ACTION.irqAlloc, ACTION.irqFree, visit);
  }

  private demand(cpu: number, visit: (action: number) => void): void {
    if (this.k.depth(cpu, LEVEL_WORKER) === 0) {
      const { workers } = this.software;
      for (let i = 0; i < workers.length; i++)
        if (workers[i]?.wanted(this.k, cpu) === true) visit(encodeAction(ACTION.worker, cpu, i));
    }
    if (this.k.depth(cpu, LEVEL_TASK) === 0 && this.quotaOf(cpu) > 0) this.calls(cpu, ACTION.alloc, ACTION.free, visit);
  }

  private calls(cpu: number, alloc: number, free: number, visit: (action: number) => void): void {
    for (let i = 0; i < this.menu.length; i++) visit(encodeAction(alloc, cpu, i));
    for (let pfn = 0; pfn < this.world.pages; pfn++) {
      if (this.k.ledger.order(pfn) >= 0) visit(encodeAction(free, cpu, pfn));
    }
  }

  private canPreempt(cpu: number): boolean {
    const running = this.k.running(cpu);
    if (running === 0 || !this.k.isPreemptible(cpu)) return false;
    if (running === LEVEL_TASK + 1) return this.k.depth(cpu, LEVEL_WORKER) > 0 || this.workerWanted(cpu);
    return this.k.depth(cpu, LEVEL_TASK) > 0 || this.quotaOf(cpu) > 0;
  }

  private workerWanted(cpu: number): boolean {
    return this.software.workers.some((worker) => worker.wanted(this.k, cpu));
  }

  private fills(cpu: number, visit: (action: number) => void): void {
    for (let pfn = 0; pfn < this.world.pages; pfn++) {
      if (this.k.hw.translations.canFill(cpu, pfn)) visit(encodeAction(ACTION.fill, cpu, pfn));
      if (this.k.hw.translations.canEvict(cpu, pfn)) visit(encodeAction(ACTION.evict, cpu, pfn));
    }
  }
}

/** All pages as maximal aligned blocks, lowest first. */
export function wholeMemory(world: World): FreeBlock[] {
  const blocks: FreeBlock[] = [];
  let pfn = 0;
  while (pfn < world.pages) {
    let order = world.geometry.maxOrder;
    while ((pfn & ((1 << order) - 1)) !== 0 || pfn + (1 << order) > world.pages) order--;
    blocks.push({ pfn, order });
    pfn += 1 << order;
  }
  return blocks;
}
