import { Judge } from "../../harness/judge.ts";
import { softwareFor } from "../../harness/scenario.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import { ACTION, actionKind } from "../../model/action.ts";
import type { Recorder } from "../../model/column.ts";
import type { Design } from "../../model/design.ts";
import { type Geometry, MEDIUM } from "../../model/geometry.ts";
import { GFP, type KernelVersion } from "../../model/gfp.ts";
import { LEVEL_TASK } from "../../model/kernel.ts";
import { USE_ANON, USE_FILE, USE_KERNEL } from "../../model/ledger.ts";
import { Machine } from "../../model/machine.ts";
import { MOMENT } from "../../model/moments.ts";
import type { Request } from "../../model/request.ts";
import { type WholeAllocator, wholeAllocator, type Zone } from "../../model/zone.ts";

/** What the tests of the slow path ask for: name, flags, and whether the memory will hold a secret. */
export const ASK = {
  KERNEL: GFP.KERNEL,
  ATOMIC: GFP.ATOMIC,
  NOWAIT: GFP.NOWAIT,
  MOVABLE: GFP.HIGHUSER_MOVABLE,
  NORETRY: GFP.KERNEL | GFP.NORETRY,
  MAYFAIL: GFP.KERNEL | GFP.RETRY_MAYFAIL,
  NOFAIL: GFP.KERNEL | GFP.NOFAIL,
  MEMALLOC: GFP.KERNEL | GFP.MEMALLOC,
  NOIO: GFP.NOIO,
  NOFS: GFP.NOFS,
  USER_SECRET: GFP.HIGHUSER_MOVABLE | GFP.SENSITIVE,
  KERNEL_SECRET: GFP.KERNEL | GFP.SENSITIVE,
  USER_MEMALLOC: GFP.HIGHUSER_MOVABLE | GFP.SENSITIVE | GFP.MEMALLOC,
} as const;

export type Ask = keyof typeof ASK;

const NAMES = Object.keys(ASK) as Ask[];

const REQUESTS: readonly Request[] = NAMES.map((name) => ({
  name,
  gfp: ASK[name],
  secret: (ASK[name] & GFP.SENSITIVE) !== 0,
  unprotected: false,
}));

export interface WorldOptions {
  readonly design?: Design;
  readonly pages?: number;
  readonly cpus?: number;
  readonly geometry?: Geometry;
  readonly kernel?: KernelVersion;
  readonly zones?: readonly Zone[];
  readonly swapPages?: number;
  readonly reclaim?: boolean;
  readonly irq?: boolean;
  /** Every access is held against the step's `touches`; slow. */
  readonly recordTouches?: boolean;
}

/** Written by the machinery for every step. */
const MACHINERY = ["cpu.pc", "cpu.depth", "cpu.local", "cpu.running"];
const CONTEXT_CHECK = ["cpu.irqsOff", "cpu.preemptOff", "cpu.lockHolder"];

/** A booted machine with the whole allocator, and calls on it that run to their end. */
export class ReclaimWorld {
  readonly machine: Machine;
  readonly judge: Judge;
  /** What happened: step labels of alloc_pages, in order, without repeats in a row. */
  readonly visited: string[] = [];
  /** Claims found violated, in words. */
  readonly violations: string[] = [];
  /** Kernel threads run whenever nothing else can. */
  threads = true;

  /** Steps that have run, as program/label. */
  readonly executed = new Set<string>();
  /** Accesses that no step has declared. */
  readonly undeclared = new Set<string>();
  private allowed: ReadonlySet<string> | undefined;
  private step = "";
  private returned = -1;
  private level = LEVEL_TASK;

  constructor(options: WorldOptions = {}) {
    const pages = options.pages ?? 256;
    const told: Partial<WholeAllocator> = {
      kernel: options.kernel ?? "6.12",
      swapPages: options.swapPages ?? 0,
      reclaim: options.reclaim ?? true,
      ...(options.zones === undefined ? {} : { zones: options.zones }),
    };
    this.machine = new Machine(
      softwareFor(options.design ?? noAsi),
      {
        geometry: options.geometry ?? MEDIUM,
        cpus: options.cpus ?? 1,
        pages,
        mms: 2,
        whole: wholeAllocator(pages, told),
        requests: REQUESTS,
        translations: "may-hold",
        modes: false,
        irq: options.irq ?? false,
        preempt: false,
      },
      [],
      options.recordTouches === true ? this.recorder() : undefined,
    );
    this.machine.boot([]);
    this.judge = new Judge(this.machine, "run");
    this.judge.load();
  }

  get k(): Machine["k"] {
    return this.machine.k;
  }

  /** Allocates; answers the head's pfn, or -1. */
  alloc(ask: Ask, order = 0, cpu = 0, level = LEVEL_TASK): number {
    this.level = level;
    this.returned = -1;
    this.start(ask, order, cpu, level);
    this.run();
    return this.returned;
  }

  /** Begins an allocation. */
  start(ask: Ask, order: number, cpu: number, level = LEVEL_TASK): void {
    this.k.start(cpu, level, this.machine.software.alloc, 0, NAMES.indexOf(ask), order, 0);
  }

  /** Allocates a page of a use and puts it on the LRU. */
  allocUse(use: typeof USE_FILE | typeof USE_ANON, order = 0, ask: Ask = "MOVABLE"): number {
    const pfn = this.alloc(ask, order);
    if (pfn >= 0) this.adopt(pfn, use);
    return pfn;
  }

  adopt(pfn: number, use: number): void {
    this.k.ledger.setUse(pfn, use);
    if (use === USE_FILE || use === USE_ANON) this.call("folio_add_lru", pfn);
  }

  call(name: string, pfn = 0, cpu = 0): void {
    const program = this.machine.software.calls[name];
    if (program === undefined) throw new Error(`no call ${name}`);
    this.k.start(cpu, LEVEL_TASK, program, 0, 0, 0, pfn + 1);
    this.run();
  }

  free(pfn: number, cpu = 0): void {
    this.machine.startFree(cpu, LEVEL_TASK, pfn);
    this.run();
  }

  /** Fills free memory with pages of a use, down to `left` free ones; answers them. */
  fill(use: number, left: number, ask: Ask = use === USE_KERNEL ? "KERNEL" : "MOVABLE"): number[] {
    const held: number[] = [];
    for (let tries = this.machine.world.pages; tries > 0 && this.freePages() > left; tries--) {
      const pfn = this.alloc(ask);
      if (pfn < 0) break;
      this.adopt(pfn, use);
      held.push(pfn);
    }
    this.call("lru_add_drain_all");
    return held;
  }

  freePages(): number {
    const column = this.machine.state.column("mm.nrFree");
    let free = 0;
    for (let zone = 0; zone < this.machine.world.zones.length; zone++) free += column.get(zone);
    return free;
  }

  /** Runs until nothing can move, threads last. */
  run(limit = 400_000): void {
    for (let steps = 0; steps < limit; steps++) if (!this.stepOnce()) return;
    throw new Error(`still running after ${limit} steps: ${this.visited.slice(-12).join(" ")}`);
  }

  /** One enabled action: steps first, kernel threads only when no step can be made. */
  stepOnce(): boolean {
    const steps: number[] = [];
    const threads: number[] = [];
    this.machine.enumerate((action) => {
      const kind = actionKind(action);
      if (kind === ACTION.ipi) steps.unshift(action);
      else if (kind === ACTION.step) steps.push(action);
      else if (kind === ACTION.worker && this.threads) threads.push(action);
    });
    return [...steps, ...threads].some((action) => this.perform(action));
  }

  perform(action: number): boolean {
    const cpu = (action >>> 24) & 15;
    this.machine.clearStep();
    this.note(action, cpu);
    const done = this.machine.perform(action);
    this.allowed = undefined;
    if (!done) return false;
    this.noteReturn();
    const mask = this.judge.afterStep();
    for (let bit = 0; mask >>> bit !== 0; bit++)
      if ((mask >>> bit) & 1) this.violations.push(`${this.judge.claims[bit]?.id}: ${this.judge.witness(bit).text}`);
    this.judge.commit();
    return true;
  }

  private note(action: number, cpu: number): void {
    if (actionKind(action) !== ACTION.step) return;
    const level = (action >>> 16) & 0xff;
    const step = this.k.stepAt(cpu, level);
    this.step = `${this.k.programAt(cpu, level).name}/${step.label}`;
    this.executed.add(this.step);
    this.allowed = new Set([...MACHINERY, ...(step.needs === "any" ? [] : CONTEXT_CHECK), ...step.touches]);
    if (this.k.programAt(cpu, level).name !== "alloc_pages") return;
    const { label } = this.k.stepAt(cpu, level);
    if (this.visited.at(-1) !== label) this.visited.push(label);
  }

  private recorder(): Recorder {
    const note = (column: string, how: string): void => {
      if (this.allowed !== undefined && !this.allowed.has(column)) this.undeclared.add(`${this.step} ${how} ${column}`);
    };
    return { read: (column) => note(column, "reads"), write: (column) => note(column, "writes") };
  }

  /** What the call on a task's level has just answered. */
  private noteReturn(): void {
    const { moments } = this.k;
    for (let i = 0; i < moments.count; i++)
      if (moments.kinds[i] === MOMENT.callReturn && moments.aux[i] === this.level)
        this.returned = moments.pfns[i] as number;
  }
}
