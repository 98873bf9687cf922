import { ACTION, actionArg, actionCpu, actionKind, encodeAction, stepArg, stepChoice, stepLevel } from "./action.ts";
import type { Bound, Recorder } from "./column.ts";
import { InternalError, unreachable } from "./failure.ts";
import { Kernel, LEVEL_HARDIRQ, LEVEL_NMI, LEVEL_SOFTIRQ, LEVEL_TASK, LEVEL_WORKER } from "./kernel.ts";
import { workloadColumns } from "./kernel-columns.ts";
import type { Program } from "./program.ts";
import type { FreeBlock, Software, WorldParameters } from "./software.ts";
import { makeWorld } from "./software.ts";
import { asiColumns } from "./space-columns.ts";
import type { SpaceTranslations } from "./space-translations.ts";
import { State } from "./state.ts";
import type { World } from "./world.ts";

/** One entry of the menu that tasks choose their allocations from. Units: index of the request, log2 of pages. */
export interface MenuEntry {
  readonly request: number;
  readonly order: number;
}

/**
 * One call that tasks of a scenario may make beside allocating and freeing: a name that `Software.calls` or the design's ASI
 * core knows, and its arguments, which become locals 1 to 3 of the program.
 *
 * - **offline**: the call is made on a CPU that is offline, and on no other (bringing it up).
 */
export interface CallEntry {
  readonly call: string;
  readonly args: readonly number[];
  readonly offline?: boolean;
}

/** Argument of an `interrupt` action. */
export const DEVICE_INTERRUPT = 0;
export const NMI = 1;

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
  private readonly asi: Bound<typeof asiColumns> | undefined;
  private readonly callPrograms: readonly Program[];

  constructor(
    readonly software: Software,
    parameters: WorldParameters,
    readonly menu: readonly MenuEntry[],
    recorder?: Recorder,
    readonly callMenu: readonly CallEntry[] = [],
  ) {
    const { world, layout, table } = makeWorld(software, parameters);
    this.world = world;
    this.state = new State(layout, recorder);
    this.k = new Kernel(this.state, world, table);
    this.quota = this.state.of(workloadColumns);
    this.callPrograms = callMenu.map(({ call }) => programOf(software, call));
    if (world.spaces === undefined) return;
    this.asi = this.state.of(asiColumns);
    const core = software.design.asi;
    this.k.interruptEntry = core?.interruptEntry;
    const translations = this.k.hw.translations as SpaceTranslations;
    translations.owes = (cpu, pcid) => core?.owes(this.k, cpu, pcid) ?? false;
  }

  private get hasNmi(): boolean {
    return this.world.stacks.levels.length > LEVEL_NMI;
  }

  /** Frees all of memory, or the given blocks (the rest is reserved by the caller), and grants each CPU its calls. */
  boot(quotas: readonly number[], blocks: readonly FreeBlock[] = wholeMemory(this.world)): void {
    this.bootSpaces();
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
    if (this.world.spaces !== undefined) this.spaceActions(cpu, visit);
    if (!this.isOffline(cpu)) this.enumerateOnline(cpu, visit);
  }

  private enumerateOnline(cpu: number, visit: (action: number) => void): void {
    this.steps(cpu, visit);
    if (this.k.irqsEnabled(cpu)) this.interrupts(cpu, visit);
    if (this.isIdle(cpu)) this.demand(cpu, visit);
    if (this.world.preempt && this.canPreempt(cpu)) visit(encodeAction(ACTION.preempt, cpu, 0));
    if (this.world.modes) visit(encodeAction(this.k.hw.isProtected(cpu) ? ACTION.exit : ACTION.enter, cpu, 0));
    if (this.world.translations === "explicit") this.fills(cpu, visit);
  }

  /** The CPU is offline, and nothing of it is left to run. */
  isOffline(cpu: number): boolean {
    return this.asi !== undefined && this.asi.offline.get(cpu) === 1 && this.k.depth(cpu, LEVEL_TASK) === 0;
  }

  /**
   * What only a CPU with address spaces of its own can do: device interrupts, NMIs, the store buffer's oldest entry, the
   * scenario's named calls when it is idle, and, offline, being brought up.
   */
  spaceActions(cpu: number, visit: (action: number) => void): void {
    if (this.isOffline(cpu)) this.namedCalls(cpu, true, visit);
    else {
      if (this.k.hasBufferedStores(cpu)) visit(encodeAction(ACTION.store, cpu, 0));
      this.arrivals(cpu, visit);
      if (this.isIdle(cpu) && this.k.depth(cpu, LEVEL_TASK) === 0) this.namedCalls(cpu, false, visit);
    }
  }

  private arrivals(cpu: number, visit: (action: number) => void): void {
    const core = this.software.design.asi;
    if (this.asi === undefined || core === undefined) return;
    if (core.deviceInterrupt !== undefined && this.asi.interruptsLeft.get(0) > 0 && this.k.irqsEnabled(cpu))
      visit(encodeAction(ACTION.interrupt, cpu, DEVICE_INTERRUPT));
    if (core.nmi !== undefined && this.asi.nmisLeft.get(0) > 0 && this.k.depth(cpu, LEVEL_NMI) === 0)
      visit(encodeAction(ACTION.interrupt, cpu, NMI));
  }

  private namedCalls(cpu: number, offline: boolean, visit: (action: number) => void): void {
    if (this.quotaOf(cpu) === 0) return;
    this.callMenu.forEach((entry, index) => {
      if ((entry.offline === true) === offline) visit(encodeAction(ACTION.call, cpu, index));
    });
  }

  private startCall(cpu: number, index: number): boolean {
    const entry = this.callMenu[index] as CallEntry;
    this.spend(cpu);
    const [a = 0, b = 0, c = 0] = entry.args;
    this.k.start(cpu, LEVEL_TASK, this.callPrograms[index] as Program, 0, a, b, c);
    return true;
  }

  private startInterrupt(cpu: number, kind: number): boolean {
    const core = this.software.design.asi;
    const program = kind === NMI ? core?.nmi : core?.deviceInterrupt;
    if (this.asi === undefined || program === undefined) return false;
    const left = kind === NMI ? this.asi.nmisLeft : this.asi.interruptsLeft;
    left.set(0, left.get(0) - 1);
    this.k.interrupt(cpu, kind === NMI ? LEVEL_NMI : LEVEL_HARDIRQ, program);
    return true;
  }

  /** Each CPU runs its mm unrestricted, in slot 0; interrupts get their budgets. */
  private bootSpaces(): void {
    const { spaces, mms } = this.world;
    if (spaces === undefined || this.asi === undefined) return;
    for (let cpu = 0; cpu < this.world.cpus; cpu++) {
      const mm = cpu % mms;
      this.asi.taskMm.set(cpu, mm);
      this.asi.loadedMm.set(cpu, mm);
      this.k.spaces.writeCr3(cpu, this.k.spaces.rootOf(mm, 0), this.k.spaces.pcidOf(0, 0), false);
    }
    this.asi.interruptsLeft.set(0, spaces.interrupts);
    this.asi.nmisLeft.set(0, spaces.nmis);
    this.software.design.asi?.boot?.(this.k);
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
      case ACTION.call:
        return this.startCall(cpu, arg);
      case ACTION.interrupt:
        return this.startInterrupt(cpu, arg);
      case ACTION.store:
        this.k.drainOneStore(cpu);
        this.k.dirty.addRange(0, this.world.pages);
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
    if (this.hasNmi && this.k.depth(cpu, LEVEL_NMI) > 0) this.stepsOf(cpu, LEVEL_NMI, visit);
    else if (this.k.depth(cpu, LEVEL_HARDIRQ) > 0) this.stepsOf(cpu, LEVEL_HARDIRQ, visit);
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

  /** Arguments are pages, or, where translations have rows, those. */
  private fills(cpu: number, visit: (action: number) => void): void {
    const rows = this.k.hw.spaces?.held.rows.total ?? this.world.pages;
    for (let row = 0; row < rows; row++) {
      if (this.k.hw.translations.canFill(cpu, row)) visit(encodeAction(ACTION.fill, cpu, row));
      if (this.k.hw.translations.canEvict(cpu, row)) visit(encodeAction(ACTION.evict, cpu, row));
    }
  }
}

function programOf(software: Software, call: string): Program {
  const program = software.calls[call] ?? software.design.asi?.calls[call];
  if (program === undefined) throw new InternalError(`a scenario calls what its software knows: ${call}`);
  return program;
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
