import { ACTION, actionCpu, actionKind, encodeAction, stepArg, stepLevel } from "../../model/action.ts";
import { LEVEL_HARDIRQ } from "../../model/kernel.ts";
import { kernelColumns } from "../../model/kernel-columns.ts";
import type { Machine } from "../../model/machine.ts";
import type { MicroStep } from "../../model/program.ts";
import type { AccessLog } from "./access-log.ts";
import { cpuOfList, listsPerCpu } from "./cpu-lists.ts";
import { LeaningBroken } from "./leaning-broken.ts";
import { LockWatch } from "./lock-watch.ts";
import { RowOwners } from "./row-owners.ts";

/** A machine at the same layout that tells what a step reads and writes. */
interface ShadowMachine {
  readonly machine: Machine;
  readonly log: AccessLog;
}

/** What the reduction leans on and has found so far; kept when a search has to begin again. */
export interface Leaning {
  /** Locks that no section is fused under. */
  readonly excluded: Set<number>;
  /** Cells that acquiring steps read, by byte offset, each with the CPU whose steps alone may change it. */
  readonly guarded: Map<number, GuardedByte>;
  /** Steps that were seen blocked, or asking for a lock: no section's body. */
  readonly blocking: Set<MicroStep>;
  /** Interrupts look at locks: only sections with interrupts off are fused. */
  interruptsLook: boolean;
}

interface GuardedByte {
  readonly column: string;
  readonly owner: number;
}

export function nothingLearnt(): Leaning {
  return { excluded: new Set(), guarded: new Map(), blocking: new Set(), interruptsLook: false };
}

/** Columns that say who holds a lock, and what a program that looks at locks declares. */
const LOCK_COLUMNS: readonly string[] = ["cpu.lockHolder", "cpu.irqsOff", "cpu.preemptOff", "cpu.spinning"];

/**
 * Takes the step that acquires a lock and the one behind it as one, since nobody can tell the state between them from the one
 * before (docs/decisions/0012-reductions.md). What that leans on is asserted on every step performed.
 */
export class LockSections {
  private readonly watch: LockWatch;
  private readonly owners: RowOwners;
  /** The CPU whose lists a lock guards, or -1. */
  private readonly lockOwners: readonly number[];
  private readonly bytes: Uint8Array;
  private readonly fusedLocks = new Set<number>();
  private readonly fusedBodies = new Set<MicroStep>();
  /** Locks, by step, that the step was seen to wait for. */
  private readonly waits = new Map<MicroStep, Set<number>>();
  /** The step performed last. */
  private step: MicroStep | undefined;
  private expanded = 0;
  /** Offset and owner of each guarded byte, over and over. */
  private guards: Int32Array;
  private sourceBytes: Uint8Array = new Uint8Array(0);
  private readonly lookers = new Map<MicroStep, boolean>();
  /** Pairs of steps taken as one. */
  fused = 0;

  constructor(
    private readonly machine: Machine,
    private readonly shadow: ShadowMachine,
    private readonly leaning: Leaning,
  ) {
    this.watch = new LockWatch(machine.k);
    this.owners = new RowOwners(machine);
    this.lockOwners = ownersOfLocks(machine);
    this.bytes = new Uint8Array(machine.state.words.buffer);
    this.guards = guardsOf(leaning.guarded);
  }

  /** Performs an action of the source state and checks what it did against what the reduction leans on. */
  perform(action: number, source: Uint32Array): boolean {
    const { machine, watch } = this;
    const isStep = actionKind(action) === ACTION.step;
    this.step = isStep ? machine.k.stepAt(actionCpu(action), stepLevel(action)) : undefined;
    watch.begin();
    const done = machine.perform(action);
    watch.end();
    this.expanded++;
    if (this.step !== undefined) this.checkStep(this.step, action, done, source);
    if (done) this.checkGuarded(action, source);
    return done;
  }

  /**
   * The body of the section that the action just performed has opened, if the two may be taken as one; the state is left as
   * the action made it.
   */
  bodyAfter(action: number, source: Uint32Array): number | undefined {
    const { machine, watch, leaning } = this;
    if (actionKind(action) !== ACTION.step || watch.attempts !== 1 || !watch.got) return undefined;
    const { lock, spun } = watch;
    const { k } = machine;
    const cpu = actionCpu(action);
    const level = stepLevel(action);
    if (leaning.excluded.has(lock) || k.moments.count > 0 || k.depth(cpu, level) === 0) return undefined;
    if (spun ? !this.isHeldAlone(lock, cpu) : !this.isOwnList(lock, cpu, level)) return undefined;
    const body = k.stepAt(cpu, level);
    if (leaning.blocking.has(body) || isWait(body) || k.arity(cpu, level) !== 1) return undefined;
    if (!this.mayWait(action, lock, source)) return undefined;
    this.fusedLocks.add(lock);
    this.fusedBodies.add(body);
    return encodeAction(ACTION.step, cpu, stepArg(level, 0));
  }

  /** Performs a section's body; false when it turned out to be no body: it was blocked, or asked for a lock. */
  performBody(body: number, source: Uint32Array): boolean {
    if (!this.perform(body, source)) return false;
    if (this.watch.attempts === 0 || this.step === undefined) {
      this.fused++;
      return true;
    }
    this.leaning.blocking.add(this.step);
    throw new LeaningBroken(`${this.step.label} asks for a lock in the middle of a section`);
  }

  /** An acquiring step that could as well have been taken later: it reads and writes nothing that others touch. */
  private mayWait(action: number, lock: number, source: Uint32Array): boolean {
    const { machine, log } = this.shadow;
    const cpu = actionCpu(action);
    machine.state.words.set(source);
    machine.clearStep();
    log.begin();
    machine.perform(action);
    log.end();
    for (const { column, row } of log.writes) if (!this.isMachinery(column, row, cpu, lock)) return false;
    for (const { column, row } of log.reads)
      if (!this.isMachinery(column, row, cpu, lock) && !this.guard(column, row, cpu)) return false;
    return true;
  }

  /** A cell of the CPU's own stacks and scheduling, or the lock. */
  private isMachinery(column: string, row: number, cpu: number, lock: number): boolean {
    if (!column.startsWith(`${kernelColumns.name}.`)) return false;
    return column === "cpu.lockHolder" ? row === lock : this.owners.of(column, row) === cpu;
  }

  /** From now on only the CPU itself may change this cell of its own. */
  private guard(column: string, row: number, cpu: number): boolean {
    const { placements } = this.machine.state.layout;
    const placement = placements.find(({ name }) => name === column);
    if (placement === undefined || this.owners.of(column, row) !== cpu) return false;
    const { owner } = placement.spec;
    if (owner === "hardware" || owner === "ghost") return false;
    const { guarded } = this.leaning;
    if (guarded.has(placement.offset + row * placement.width)) return true;
    this.owners.alike(column, row).forEach((alike, of) => {
      for (let byte = 0; byte < placement.width; byte++)
        guarded.set(placement.offset + alike * placement.width + byte, { column, owner: of });
    });
    this.guards = guardsOf(guarded);
    if (this.expanded > 1) throw new LeaningBroken(`${column} turned out to be read before a lock`);
    return true;
  }

  private checkGuarded(action: number, source: Uint32Array): void {
    const { guards } = this;
    if (guards.length === 0) return;
    const before = this.bytesOf(source);
    const cpu = actionCpu(action);
    for (let i = 0; i < guards.length; i += 2) {
      const at = guards[i] as number;
      if (before[at] === this.bytes[at]) continue;
      if (guards[i + 1] === cpu) {
        // An interrupt comes between a lock that is taken with interrupts on and its section.
        if (this.step !== undefined && stepLevel(action) >= LEVEL_HARDIRQ) this.distrustInterrupts(this.step);
        continue;
      }
      const { column, owner } = this.leaning.guarded.get(at) ?? { column: "a cell", owner: -1 };
      throw new LeaningBroken(`${column} of cpu${owner} is changed by another CPU`, "sections");
    }
  }

  private bytesOf(source: Uint32Array): Uint8Array {
    if (this.sourceBytes.buffer !== source.buffer)
      this.sourceBytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    return this.sourceBytes;
  }

  private checkStep(step: MicroStep, action: number, done: boolean, source: Uint32Array): void {
    const { watch } = this;
    if (watch.peeked) throw new LeaningBroken("a step looks at the locks or interrupts of another CPU", "sections");
    if (!done && watch.attempts === 0) this.noteBlocking(step);
    if (watch.attempts > 0) this.checkAttempt(step, action, done, source);
    if (stepLevel(action) >= LEVEL_HARDIRQ && this.looksAtLocks(step)) this.distrustInterrupts(step);
  }

  /** From now on only sections with interrupts off are fused. */
  private distrustInterrupts(step: MicroStep): void {
    const { leaning } = this;
    if (leaning.interruptsLook) return;
    leaning.interruptsLook = true;
    if ([...this.fusedLocks].some((lock) => this.lockOwners[lock] !== -1))
      throw new LeaningBroken(`${step.label} can tell, in an interrupt, that a lock is held`);
  }

  private noteBlocking(step: MicroStep): void {
    if (this.leaning.blocking.has(step)) return;
    this.leaning.blocking.add(step);
    if (this.fusedBodies.has(step)) throw new LeaningBroken(`${step.label} can be blocked in a section`);
  }

  /** A lock that is spun for may be taken later by whoever waits; one that is tried shows that it is held. */
  private checkAttempt(step: MicroStep, action: number, done: boolean, source: Uint32Array): void {
    const { attempts, lock, got, spun } = this.watch;
    if (attempts > 1) this.exclude(lock, "is taken with another in one step");
    else if (spun || this.lockOwners[lock] === actionCpu(action)) return;
    else if (got ? !this.blocksWithout(step, action, lock, source) : done)
      this.exclude(lock, "is tried by CPUs that go on without it");
  }

  /** The step that took a lock would have waited for it: tried once for each step and lock, on the shadow. */
  private blocksWithout(step: MicroStep, action: number, lock: number, source: Uint32Array): boolean {
    const known = this.waits.get(step) ?? new Set<number>();
    this.waits.set(step, known);
    if (known.has(lock)) return true;
    const { machine } = this.shadow;
    machine.state.words.set(source);
    machine.clearStep();
    const holder = (actionCpu(action) + 1) % machine.world.cpus;
    machine.state.of(kernelColumns).lockHolder.set(lock, holder + 1);
    if (machine.perform(action)) return false;
    known.add(lock);
    return true;
  }

  /** A lock of one CPU's lists stands for those of all: states of a search by symmetry are of any of them. */
  private exclude(lock: number, why: string): void {
    const { excluded } = this.leaning;
    if (excluded.has(lock)) return;
    const owned = this.lockOwners[lock] !== -1;
    this.lockOwners.forEach((owner, other) => {
      if (other === lock || (owned && owner !== -1)) excluded.add(other);
    });
    if ([...excluded].some((other) => this.fusedLocks.has(other))) throw new LeaningBroken(`lock ${lock} ${why}`);
  }

  private looksAtLocks(step: MicroStep): boolean {
    const known = this.lookers.get(step) ?? looksAtLocks(step);
    this.lookers.set(step, known);
    return known;
  }

  /** A lock of the CPU's own lists, which other CPUs wait for, taken by a task that only IPIs interrupt. */
  private isOwnList(lock: number, cpu: number, level: number): boolean {
    const { world } = this.machine;
    const calm = !world.irq && (world.spaces?.interrupts ?? 0) === 0 && !this.leaning.interruptsLook;
    return calm && level < LEVEL_HARDIRQ && this.lockOwners[lock] === cpu;
  }

  /** With interrupts off nobody but other CPUs could see that it is held, and those wait for it. */
  private isHeldAlone(lock: number, cpu: number): boolean {
    const owner = this.lockOwners[lock];
    return (owner === -1 || owner === cpu) && !this.machine.k.irqsEnabled(cpu);
  }
}

function looksAtLocks({ touches, needs, flush }: MicroStep): boolean {
  return needs !== "any" || flush !== undefined || touches.some((column) => LOCK_COLUMNS.includes(column));
}

function guardsOf(guarded: Leaning["guarded"]): Int32Array {
  return Int32Array.from([...guarded].flatMap(([offset, { owner }]) => [offset, owner]));
}

function isWait({ cost }: MicroStep): boolean {
  return cost === "lock" || cost === "wait";
}

function ownersOfLocks(machine: Machine): number[] {
  const { world } = machine;
  const perCpu = listsPerCpu(machine);
  const owners = Array.from({ length: world.locks }, () => -1);
  world.lists.kinds.forEach((kind, at) => {
    for (let index = 0; index < kind.count; index++) {
      const lock = kind.lock?.(index) ?? -1;
      if (lock >= 0) owners[lock] = cpuOfList(world, perCpu, (world.lists.base[at] as number) + index);
    }
  });
  return owners;
}
