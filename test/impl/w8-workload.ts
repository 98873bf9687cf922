import { zoneLock } from "../../impl/mm/columns.ts";
import {
  freetypeOf,
  MIGRATE_ISOLATE,
  MIGRATE_MOVABLE,
  MIGRATE_TYPES,
  MIGRATETYPE_NAMES,
} from "../../impl/mm/freetype.ts";
import { reserveHighatomic, unreserveHighatomic } from "../../impl/mm/highatomic.ts";
import type { Recorder } from "../../model/column.ts";
import type { Design } from "../../model/design.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import { LEVEL_HARDIRQ, LEVEL_TASK } from "../../model/kernel.ts";
import { USE_MOVABLE } from "../../model/ledger.ts";
import type { Machine } from "../../model/machine.ts";
import { MOMENT } from "../../model/moments.ts";
import {
  ATOMIC_MEMORY,
  BLOCK,
  KERNEL_MEMORY,
  MOVABLE_MEMORY,
  RECLAIMABLE_MEMORY,
  USER_SECRET,
  WholeKernel,
} from "./whole-kernel.ts";

const CPUS = 3;
/** One pageblock is more than a hundredth: the smallest zone with a high-order atomic reserve under both kernels. */
export const PAGES = 1632;

const MENU = [
  [KERNEL_MEMORY, 0],
  [KERNEL_MEMORY, 1],
  [KERNEL_MEMORY, 3],
  [MOVABLE_MEMORY, 0],
  [MOVABLE_MEMORY, 0],
  [MOVABLE_MEMORY, 4],
  [MOVABLE_MEMORY, 5],
  [USER_SECRET, 0],
  [USER_SECRET, 0],
  [USER_SECRET, 2],
  [ATOMIC_MEMORY, 2],
  [ATOMIC_MEMORY, 3],
  [RECLAIMABLE_MEMORY, 0],
  [RECLAIMABLE_MEMORY, 1],
] as const;

export const RANGE_CALLS = [
  "isolate_pageblock",
  "isolate_pageblock",
  "isolate_pageblock",
  "unisolate_pageblock",
  "unisolate_pageblock",
  "unisolate_pageblock",
  "unisolate_pageblock",
  "alloc_contig_range",
  "alloc_contig_range",
  "offline_pages",
  "online_pages",
  "online_pages",
] as const;

export const PAGE_CALLS = ["memory_failure", "soft_offline", "unpoison", "unpoison", "unpoison"] as const;

/** Pages that memory failures and their ends choose from, so that they meet. */
const OFTEN_BROKEN = 64;

/** W8 of the corner workloads: pageblocks of every label in and out of isolation and of the atomic reserve, three CPUs at once. */
export class W8Workload {
  readonly w: WholeKernel;
  /** Labels from which a pageblock was isolated, and to which one was given back. */
  readonly isolatedFrom = new Set<string>();
  readonly givenBackTo = new Set<string>();
  readonly answers = new Map<string, [refused: number, done: number]>();
  private readonly running: (string | undefined)[] = Array.from({ length: CPUS }, () => undefined);
  private readonly labels: number[];

  /** `around` is called with every action that is about to be performed, and has to perform it. */
  constructor(
    design: Design,
    kernel: KernelVersion,
    recorder?: Recorder,
    private readonly around?: (machine: Machine, action: number) => void,
  ) {
    const shape = { design, kernel, pages: PAGES, cpus: CPUS, cmaBlocks: 8, reclaim: true };
    this.w = new WholeKernel(recorder === undefined ? shape : { ...shape, recorder });
    this.labels = this.labelsNow();
  }

  /** One step of one CPU, or the beginning of a call where it has nothing to do. */
  turn(word: number): void {
    const { k, machine } = this.w;
    const cpu = word % CPUS;
    const wish = word >>> 2;
    machine.clearStep();
    const actions: number[] = [];
    machine.enumerateCpu(cpu, (action) => actions.push(action));
    const isIdle = k.running(cpu) === 0 && k.depth(cpu, LEVEL_TASK) === 0 && k.depth(cpu, LEVEL_HARDIRQ) === 0;
    if (actions.length > 0 && !(isIdle && wish % 2 === 0)) this.perform(actions[wish % actions.length] as number);
    else if (isIdle) this.begin(cpu, wish >>> 1);
    this.noteReturn(cpu);
    this.noteLabels();
    this.w.watch.after("W8", "");
  }

  /** Lets everybody finish, without new calls. */
  rest(): void {
    const { machine } = this.w;
    for (let rounds = 0; rounds < 1_000_000; rounds++) {
      let moved = false;
      for (let cpu = 0; cpu < CPUS; cpu++) {
        const actions: number[] = [];
        machine.enumerateCpu(cpu, (action) => actions.push(action));
        machine.clearStep();
        if (actions.length > 0 && machine.perform(actions[0] as number)) moved = true;
        this.noteReturn(cpu);
        this.w.watch.after("rest", "");
      }
      if (!moved) return;
    }
    throw new Error("the workload does not come to rest");
  }

  private perform(action: number): void {
    if (this.around === undefined) this.w.machine.perform(action);
    else this.around(this.w.machine, action);
  }

  private begin(cpu: number, wish: number): void {
    const kind = wish % 64;
    const pick = wish >>> 6;
    if (kind < 26) this.beginAlloc(cpu, pick);
    else if (kind < 44) this.beginFree(cpu, pick);
    else if (kind < 54) this.beginRange(cpu, pick);
    else if (kind < 56) this.start(cpu, "cma_alloc", MOVABLE_MEMORY, 1 + (pick % 20), pick % 4);
    else if (kind < 57)
      this.start(cpu, PAGE_CALLS[pick % PAGE_CALLS.length] as string, 0, 0, 1 + ((pick >>> 3) % OFTEN_BROKEN));
    else if (kind < 58) this.start(cpu, "report_free_pages", 0, 0, 0);
    else if (kind < 60) this.w.k.start(cpu, LEVEL_TASK, this.w.machine.software.drain, 0, 0, 0, 1 + (pick % CPUS));
    else if (kind < 62) this.pin(pick);
    else this.changeReserve(cpu, pick);
  }

  private beginAlloc(cpu: number, pick: number): void {
    const [request, order] = MENU[pick % MENU.length] as (typeof MENU)[number];
    this.running[cpu] = request === MOVABLE_MEMORY || request === USER_SECRET ? "movable" : "kernel";
    this.w.k.start(cpu, LEVEL_TASK, this.w.machine.software.alloc, 0, request, order, 0);
  }

  private beginFree(cpu: number, pick: number): void {
    const head = this.findOwned(pick % PAGES);
    if (head >= 0) this.w.machine.startFree(cpu, LEVEL_TASK, head);
  }

  private beginRange(cpu: number, pick: number): void {
    const name = RANGE_CALLS[pick % RANGE_CALLS.length] as string;
    // Every other time a block of a label drawn first: some labels are rare.
    const rare = this.labels.indexOf((pick >>> 5) % MIGRATE_TYPES);
    const isRare = pick % 2 === 0 && rare >= 0;
    const block = (isRare ? rare : (pick >>> 4) % (PAGES / BLOCK)) * BLOCK;
    const whole = name !== "alloc_contig_range";
    const from = whole ? block : block + ((pick >>> 11) % BLOCK);
    const length = whole ? BLOCK * (isRare ? 1 : 1 + ((pick >>> 11) % 3)) : 1 + ((pick >>> 15) % 40);
    const to = Math.min(from + length, PAGES);
    this.start(cpu, name, name === "alloc_contig_range" ? USER_SECRET : 0, to + 1, from + 1);
  }

  private start(cpu: number, name: string, a: number, b: number, c: number): void {
    const program = this.w.machine.software.calls[name];
    if (program === undefined) throw new Error(`no call ${name}`);
    this.running[cpu] = name;
    this.w.k.start(cpu, LEVEL_TASK, program, 0, a, b, c);
  }

  private pin(pick: number): void {
    const { ledger } = this.w.k;
    const head = this.findOwned(pick % PAGES);
    if (head >= 0 && ledger.use(head) !== 0) ledger.setPinned(head, !ledger.isPinned(head) && pick % 3 === 0);
  }

  /** What the slow path does for an atomic request of a high order, or in need; one section under zone->lock. */
  private changeReserve(cpu: number, pick: number): void {
    const { k } = this.w;
    const head = this.findOwned((pick >>> 2) % PAGES);
    k.cpu = cpu;
    k.level = LEVEL_TASK;
    if (!k.tryLock(zoneLock(0))) return;
    if (pick % 4 === 0) unreserveHighatomic(k, 0, freetypeOf(k, MIGRATE_MOVABLE));
    else if (head >= 0) reserveHighatomic(k, 0, head, k.ledger.order(head));
    k.unlock(zoneLock(0));
  }

  private findOwned(from: number): number {
    for (let i = 0; i < 200; i++) if (this.w.k.ledger.order((from + i) % PAGES) >= 0) return (from + i) % PAGES;
    return -1;
  }

  private noteReturn(cpu: number): void {
    const { k } = this.w;
    const name = this.running[cpu];
    if (name === undefined || k.depth(cpu, LEVEL_TASK) > 0) return;
    this.running[cpu] = undefined;
    const { moments } = k;
    for (let i = 0; i < moments.count; i++) {
      if (moments.kinds[i] !== MOMENT.callReturn) continue;
      const value = moments.pfns[i] as number;
      if (name === "movable" && value >= 0) k.ledger.setUse(value, USE_MOVABLE);
      const counts = this.answers.get(name) ?? [0, 0];
      counts[value >= 0 ? 1 : 0]++;
      this.answers.set(name, counts);
    }
  }

  private noteLabels(): void {
    // Labels change under zone->lock, whose release is logged.
    if (this.w.k.moments.count === 0) return;
    for (let block = 0; block < this.labels.length; block++) {
      const was = this.labels[block] as number;
      const label = this.w.migratetype(block * BLOCK);
      if (was === label) continue;
      if (label === MIGRATE_ISOLATE) this.isolatedFrom.add(MIGRATETYPE_NAMES[was] as string);
      if (was === MIGRATE_ISOLATE) this.givenBackTo.add(MIGRATETYPE_NAMES[label] as string);
      this.labels[block] = label;
    }
  }

  private labelsNow(): number[] {
    return Array.from({ length: PAGES / BLOCK }, (_, block) => this.w.migratetype(block * BLOCK));
  }
}
