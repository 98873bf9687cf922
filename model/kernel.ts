import { callReturns } from "./call-returns.ts";
import type { Bound } from "./column.ts";
import { checkContext, noteNesting } from "./context-rules.ts";
import { assert, InternalError } from "./failure.ts";
import { Frame } from "./frame.ts";
import { IPI_FREE, IPI_RUNNING, IPI_SENT, ipiColumns, kernelColumns } from "./kernel-columns.ts";
import { KernelMemory } from "./kernel-memory.ts";
import { Ledger } from "./ledger.ts";
import { Lists } from "./lists.ts";
import { CONTEXT_FAULT, MOMENT } from "./moments.ts";
import { AGAIN, BLOCKED, CALL, type MicroStep, NEXT, type Outcome, type Program, RETURN, YIELD } from "./program.ts";
import type { State } from "./state.ts";
import type { StepTable } from "./step-table.ts";
import type { Tracepoints } from "./tracepoints.ts";
import { VM_EVENTS } from "./vm-events.ts";
import type { World } from "./world.ts";

export const LEVEL_TASK = 0;
export const LEVEL_WORKER = 1;
export const LEVEL_SOFTIRQ = 2;
export const LEVEL_HARDIRQ = 3;
/** Only in worlds in which NMIs arrive. */
export const LEVEL_NMI = 4;

/**
 * The kernel as its own code sees it: the CPU it runs on, locks, interrupts, the lists, and the hardware's primitives.
 *
 * Programs reach state only through this object, which is what lets a validation run record every access.
 *
 * - **Errors**: a broken context rule is logged as a moment (S23), never thrown.
 */
export class Kernel extends KernelMemory {
  readonly lists: Lists;
  readonly ledger: Ledger;
  /** The level (`LEVEL_*`) of the step being run. */
  level = 0;
  readonly frame: Frame;
  /** Bit per step of the step table: it has been run and was not blocked. For coverage; not part of the state. */
  readonly executed: Uint8Array;
  /** Event counters, by the indices of `VM`; not part of the state. */
  readonly events = new Float64Array(VM_EVENTS.length);
  /** Who listens to the allocator's trace events; not part of the state. */
  tracepoints: Tracepoints = {};
  /** What wraps the handler of an IPI on entry and exit of an interrupt; the handler runs bare where there is none. */
  interruptEntry: Program | undefined;
  private readonly listBase = new Map<string, number>();
  /** The step that ran last. */
  lastStep: MicroStep | undefined;
  private readonly c: Bound<typeof kernelColumns>;
  private readonly ipi: Bound<typeof ipiColumns>;
  private readonly levels: number;
  private readonly levelBase: Int32Array;
  private readonly levelDepth: Int32Array;
  private readonly framesPerCpu: number;
  private readonly localsPerFrame: number;

  constructor(
    state: State,
    world: World,
    readonly table: StepTable,
  ) {
    super(state, world);
    this.executed = new Uint8Array(table.stepCount);
    world.lists.kinds.forEach((kind, index) => {
      this.listBase.set(kind.name, world.lists.base[index] as number);
    });
    const orderOf = (pfn: number): number => this.ledger.order(pfn);
    this.lists = new Lists(state, world, this.dirty, this.moments, orderOf, (lock) => this.mustHold(lock));
    this.ledger = new Ledger(state, world, this.hw, this.lists, this.dirty, this.moments);
    this.c = state.of(kernelColumns);
    this.ipi = state.of(ipiColumns);
    const { stacks } = world;
    this.levels = stacks.levels.length;
    this.levelBase = Int32Array.from(stacks.levels, (one) => one.base);
    this.levelDepth = Int32Array.from(stacks.levels, (one) => one.depth);
    this.framesPerCpu = stacks.framesPerCpu;
    this.localsPerFrame = stacks.localsPerFrame;
    this.frame = new Frame(this.c, world.stacks.localsPerFrame);
  }

  /** The `index`-th list of a kind, by the kind's name. */
  listOf(kind: string, index: number): number {
    const base = this.listBase.get(kind);
    if (base === undefined) throw new InternalError(`lists of kind ${kind} are part of this world`);
    return base + index;
  }

  // ── locks and interrupts ────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * spin_lock_irqsave as a step's answer. Interrupts go off before the lock is free: a CPU that has begun to spin takes no IPI
   * until it has the lock, and whoever holds the lock meanwhile must not wait for it.
   */
  lockIrqSave(lock: number): Outcome {
    const { irqsOff, spinning } = this.c;
    const begun = spinning.get(this.cpu) === 1;
    if (!this.tryLock(lock)) {
      if (begun) return BLOCKED;
      spinning.set(this.cpu, 1);
      irqsOff.set(this.cpu, irqsOff.get(this.cpu) + 1);
      return AGAIN;
    }
    if (begun) spinning.set(this.cpu, 0);
    else irqsOff.set(this.cpu, irqsOff.get(this.cpu) + 1);
    return NEXT;
  }

  unlockIrqRestore(lock: number): void {
    this.unlock(lock);
    this.c.irqsOff.set(this.cpu, this.c.irqsOff.get(this.cpu) - 1);
  }

  /** spin_trylock: preemption goes off, interrupts stay as they are. */
  tryLock(lock: number): boolean {
    if (this.c.lockHolder.get(lock) !== 0) return false;
    this.fence();
    this.c.lockHolder.set(lock, this.cpu + 1);
    this.c.preemptOff.set(this.cpu, this.c.preemptOff.get(this.cpu) + 1);
    return true;
  }

  unlock(lock: number): void {
    const holder = this.c.lockHolder.get(lock);
    if (holder !== this.cpu + 1) throw new InternalError(`lock ${lock} is released by the CPU that holds it`);
    this.fence();
    this.c.lockHolder.set(lock, 0);
    this.c.preemptOff.set(this.cpu, this.c.preemptOff.get(this.cpu) - 1);
    this.moments.push(MOMENT.lockRelease, lock, 0);
  }

  irqsEnabled(cpu: number): boolean {
    if (this.c.irqsOff.get(cpu) !== 0 || this.depth(cpu, LEVEL_HARDIRQ) !== 0) return false;
    return this.levels <= LEVEL_NMI || this.depth(cpu, LEVEL_NMI) === 0;
  }

  /** local_irq_disable and preempt_disable, and their ends; they nest. */
  irqsDisable(): void {
    this.c.irqsOff.set(this.cpu, this.c.irqsOff.get(this.cpu) + 1);
  }

  irqsEnable(): void {
    this.c.irqsOff.set(this.cpu, this.c.irqsOff.get(this.cpu) - 1);
  }

  preemptDisable(): void {
    this.c.preemptOff.set(this.cpu, this.c.preemptOff.get(this.cpu) + 1);
  }

  preemptEnable(): void {
    this.c.preemptOff.set(this.cpu, this.c.preemptOff.get(this.cpu) - 1);
  }

  /** Preemption and interrupts are on: another task may have the CPU. */
  isPreemptible(cpu: number): boolean {
    return this.c.preemptOff.get(cpu) === 0 && this.irqsEnabled(cpu);
  }

  /** The level may sleep: a task, preemptible. */
  canSleep(): boolean {
    return this.level <= LEVEL_WORKER && this.isPreemptible(this.cpu);
  }

  // ── inter-processor interrupts ──────────────────────────────────────────────────────────────────────────────────────

  /** Describes the flush that the CPU's next IPIs ask for; `pages` 0 means everything. */
  describeFlush(start: number, pages: number): void {
    this.ipi.start.set(this.cpu, pages === 0 ? 0 : start + 1);
    this.ipi.pages.set(this.cpu, pages);
    this.promises.flushBegins(this.cpu, start, pages);
  }

  flushStart(initiator: number): number {
    return this.ipi.start.get(initiator) - 1;
  }

  flushPages(initiator: number): number {
    return this.ipi.pages.get(initiator);
  }

  sendIpi(target: number, handler: Program): void {
    this.ipi.handler.set(this.cpu, this.table.firstOf(handler) + 1);
    this.ipi.request.set(this.cpu * this.world.cpus + target, IPI_SENT);
  }

  /** Called by a handler program when it has done its work. */
  acknowledge(initiator: number): void {
    this.ipi.request.set(initiator * this.world.cpus + this.cpu, IPI_FREE);
  }

  /** csd_lock_wait: true when every CPU this one interrupted has acknowledged. */
  allAcknowledged(): boolean {
    const row = this.cpu * this.world.cpus;
    for (let peer = 0; peer < this.world.cpus; peer++) if (this.ipi.request.get(row + peer) !== IPI_FREE) return false;
    return true;
  }

  /**
   * Forgets the flush description once it is over, so that equal situations are equal states. A caller that did not wait leaves
   * it to the handlers still to come: that is its bug, and has to end in a verdict.
   */
  endFlush(): void {
    const over = this.allAcknowledged();
    this.moments.push(MOMENT.flushEnded, this.cpu, over ? 0 : 1);
    if (!over) return;
    this.promises.flushEnds(this.cpu);
    this.ipi.start.set(this.cpu, 0);
    this.ipi.pages.set(this.cpu, 0);
    this.ipi.handler.set(this.cpu, 0);
  }

  /** An IPI from `initiator` waits for `target`. */
  ipiPending(target: number, initiator: number): boolean {
    return this.ipi.request.get(initiator * this.world.cpus + target) === IPI_SENT;
  }

  /** Delivers it: pushes the handler on the hard IRQ level. The caller has checked that interrupts are on. */
  deliverIpi(target: number, initiator: number): void {
    this.ipi.request.set(initiator * this.world.cpus + target, IPI_RUNNING);
    const handler = this.table.programAt(this.ipi.handler.get(initiator) - 1);
    this.cpu = target;
    this.push(LEVEL_HARDIRQ, this.interruptEntry ?? handler, initiator + 1, 0, 0, 0);
    this.runSilent(target, LEVEL_HARDIRQ);
  }

  /** The handler that an IPI of `initiator` asked for; for the code that wraps it. */
  handlerOf(initiator: number): Program {
    return this.table.programAt(this.ipi.handler.get(initiator) - 1);
  }

  /** A device interrupt or an NMI starts a program on its level. */
  interrupt(cpu: number, level: number, program: Program): void {
    this.cpu = cpu;
    this.push(level, program, 0, 0, 0, 0);
    this.runSilent(cpu, level);
  }

  // ── frames ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Calls another program; its value arrives in local 0 of the caller, which goes on at the following step. */
  call(program: Program, a = 0, b = 0, c = 0, d = 0): number {
    this.push(this.level, program, a, b, c, d);
    return CALL;
  }

  /** Starts a program at the bottom of a level of `cpu`. Locals 0 to 3 are set. */
  start(cpu: number, level: number, program: Program, a: number, b: number, c: number, d: number): void {
    this.cpu = cpu;
    this.push(level, program, a, b, c, d);
    if (level <= LEVEL_WORKER) this.c.running.set(cpu, level + 1);
    this.runSilent(cpu, level);
  }

  depth(cpu: number, level: number): number {
    return this.c.depth.get(cpu * this.levels + level);
  }

  /** 0 none, 1 task, 2 worker. */
  running(cpu: number): number {
    return this.c.running.get(cpu);
  }

  yieldCpu(cpu: number): void {
    this.c.running.set(cpu, 0);
  }

  holdsLock(cpu: number): boolean {
    for (let lock = 0; lock < this.world.locks; lock++) if (this.c.lockHolder.get(lock) === cpu + 1) return true;
    return false;
  }

  /** The step that the level's top frame is about to run. */
  stepAt(cpu: number, level: number): MicroStep {
    return this.table.stepAt(this.c.pc.get(this.frameRow(cpu, level, this.depth(cpu, level) - 1)) - 1);
  }

  programAt(cpu: number, level: number, depth = this.depth(cpu, level) - 1): Program {
    return this.table.programOf(this.c.pc.get(this.frameRow(cpu, level, depth)) - 1);
  }

  /** How many ways the next step of that level can go. */
  arity(cpu: number, level: number): number {
    this.open(cpu, level);
    const step = this.stepAt(cpu, level);
    return step.choices === undefined ? 1 : step.choices(this, this.frame);
  }

  /**
   * Runs one micro-step of the level's top frame. Answers false when it was blocked (and then nothing changed).
   */
  step(cpu: number, level: number, choice: number): boolean {
    const row = this.open(cpu, level);
    const at = this.c.pc.get(row) - 1;
    const step = this.table.stepAt(at);
    if (step.flush !== undefined || step.needs !== "any") checkContext(this, step, this.c.irqsOff.get(cpu) > 0);
    const outcome = step.run(this, this.frame, choice);
    if (outcome === BLOCKED) return false;
    this.lastStep = step;
    this.executed[at] = 1;
    if (level <= LEVEL_WORKER) this.c.running.set(cpu, outcome === YIELD ? 0 : level + 1);
    if (outcome === RETURN) this.pop(row, level);
    else if (outcome >= 0) this.c.pc.set(row, this.table.startOf(at) + outcome + 1);
    else if (outcome !== AGAIN) this.c.pc.set(row, at + 2);
    this.runSilent(cpu, level);
    // Roots, generations and flags decide what is discharged: any page may have changed.
    if (this.world.spaces !== undefined) this.dirty.addRange(0, this.world.pages);
    return true;
  }

  /**
   * Runs the steps that touch nothing but their own frame as part of the step before them: nobody can look in between, and
   * they commute with everything that others do.
   */
  private runSilent(cpu: number, level: number): void {
    let depth = this.depth(cpu, level);
    while (depth > 0) {
      const row = this.frameRow(cpu, level, depth - 1);
      const at = this.c.pc.get(row) - 1;
      if (!this.table.isSilent(at)) return;
      this.open(cpu, level);
      const outcome = this.table.isSkipped(at) ? NEXT : this.runStep(at);
      if (outcome === RETURN) this.pop(row, level);
      else if (outcome >= 0) this.c.pc.set(row, this.table.startOf(at) + outcome + 1);
      else this.c.pc.set(row, at + 2);
      depth = this.depth(cpu, level);
    }
  }

  private runStep(at: number): Outcome {
    this.executed[at] = 1;
    return this.table.stepAt(at).run(this, this.frame, 0);
  }

  private open(cpu: number, level: number): number {
    const row = this.frameRow(cpu, level, this.depth(cpu, level) - 1);
    this.cpu = cpu;
    this.level = level;
    this.frame.open(this.table.programOf(this.c.pc.get(row) - 1), row);
    return row;
  }

  private frameRow(cpu: number, level: number, depth: number): number {
    return cpu * this.framesPerCpu + (this.levelBase[level] as number) + depth;
  }

  private push(level: number, program: Program, a: number, b: number, c: number, d: number): void {
    const cell = this.cpu * this.levels + level;
    const depth = this.c.depth.get(cell);
    if (program.role === "alloc") noteNesting(this, level, depth);
    assert(depth < (this.levelDepth[level] as number), "calls nest no deeper than the stack of their level");
    const row = this.frameRow(this.cpu, level, depth);
    this.c.depth.set(cell, depth + 1);
    this.c.pc.set(row, this.table.firstOf(program) + 1);
    const base = row * this.localsPerFrame;
    this.c.local.set(base, a);
    this.c.local.set(base + 1, b);
    this.c.local.set(base + 2, c);
    this.c.local.set(base + 3, d);
  }

  private pop(row: number, level: number): void {
    const cell = this.cpu * this.levels + level;
    const depth = this.c.depth.get(cell) - 1;
    const { returned } = this.frame;
    if (depth === 0) callReturns(this, level, returned);
    this.frame.clear();
    this.c.pc.set(row, 0);
    this.c.depth.set(cell, depth);
    if (depth > 0) this.c.local.set((row - 1) * this.localsPerFrame, returned);
    else if (level <= LEVEL_WORKER) this.c.running.set(this.cpu, 0);
  }

  private mustHold(lock: number): void {
    if (this.c.lockHolder.get(lock) !== this.cpu + 1)
      this.moments.push(MOMENT.contextFault, this.cpu, CONTEXT_FAULT.unlocked);
  }
}
