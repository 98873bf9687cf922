import { expect } from "vitest";
import { ClaimWatch } from "../../harness/boot-kernel/claim-watch.ts";
import { Driver } from "../../harness/boot-kernel/driver.ts";
import { requestOf } from "../../harness/requests.ts";
import { softwareFor } from "../../harness/scenario.ts";
import { buddyOrder, typeOfBlock } from "../../impl/mm/buddy.ts";
import { mmColumns } from "../../impl/mm/columns.ts";
import { migratetypeOfFreetype } from "../../impl/mm/freetype.ts";
import type { Recorder } from "../../model/column.ts";
import type { Design } from "../../model/design.ts";
import { MEDIUM } from "../../model/geometry.ts";
import { GFP, type KernelVersion } from "../../model/gfp.ts";
import { type Kernel, LEVEL_TASK } from "../../model/kernel.ts";
import { Machine } from "../../model/machine.ts";
import type { Program } from "../../model/program.ts";
import { singleZone, wholeAllocator } from "../../model/zone.ts";

export const KERNEL_MEMORY = 0;
export const MOVABLE_MEMORY = 1;
export const USER_SECRET = 2;
export const ATOMIC_MEMORY = 3;
export const RECLAIMABLE_MEMORY = 4;
const REQUESTS = [
  GFP.KERNEL,
  GFP.HIGHUSER_MOVABLE,
  GFP.HIGHUSER_MOVABLE | GFP.SENSITIVE,
  GFP.ATOMIC,
  GFP.KERNEL | GFP.RECLAIMABLE,
] as const;

/** Pages of a pageblock in the tests' geometry. */
export const BLOCK = 1 << MEDIUM.pageblockOrder;

export interface WholeOptions {
  readonly design: Design;
  readonly kernel?: KernelVersion;
  readonly pages?: number;
  readonly cpus?: number;
  readonly cmaBlocks?: number;
  readonly reclaim?: boolean;
  readonly recorder?: Recorder;
}

/** A whole allocator in one small zone; every call runs to its end with each step judged. */
export class WholeKernel {
  readonly machine: Machine;
  readonly k: Kernel;
  readonly watch: ClaimWatch;
  private readonly driver: Driver;

  constructor(options: WholeOptions) {
    const { design, kernel = "6.12", pages = 256, cpus = 2, cmaBlocks = 0, reclaim = false, recorder } = options;
    const zone = { ...singleZone(pages), watermarks: { min: 4, low: 6, high: 8 }, pcp: { batch: 4, high: 12 } };
    const whole = wholeAllocator(pages, { kernel, zones: [zone], reclaim, cmaBlocks });
    this.machine = new Machine(
      softwareFor(design),
      {
        geometry: MEDIUM,
        cpus,
        pages,
        mms: 2,
        whole,
        requests: REQUESTS.map((gfp) => requestOf(design, gfp)),
        translations: "epochs",
        modes: false,
        irq: true,
        preempt: false,
      },
      [],
      recorder,
    );
    this.machine.boot([]);
    this.k = this.machine.k;
    this.watch = new ClaimWatch(this.machine, true);
    this.driver = new Driver(this.machine, this.watch, undefined, undefined);
    if (design.protectedMap !== "none") this.runWorkers();
  }

  /** Runs an entry point; answers what it returned: a link, 1, or 0. */
  call(entry: string | Program, a = 0, b = 0, c = 0, cpu = 0): number {
    const program = typeof entry === "string" ? this.machine.software.calls[entry] : entry;
    if (program === undefined) throw new Error(`no call ${String(entry)}`);
    this.watch.call = program.name;
    this.driver.call(cpu, LEVEL_TASK, program, 0, a, b, c);
    return this.driver.value + 1;
  }

  /** A call on the pages from `from` to before `to`. */
  range(entry: string, from: number, to: number, request = 0, cpu = 0): number {
    return this.call(entry, request, to + 1, from + 1, cpu);
  }

  alloc(request: number, order: number, use = 0, cpu = 0): number {
    const pfn = this.call(this.machine.software.alloc, request, order, 0, cpu) - 1;
    if (pfn >= 0 && use !== 0) this.k.ledger.setUse(pfn, use);
    return pfn;
  }

  free(pfn: number, cpu = 0): void {
    this.watch.call = "free_pages";
    this.driver.free(cpu, LEVEL_TASK, pfn);
  }

  /** The owner of a range gives it back and it is freed by one call. */
  freeRange(entry: string, from: number, to: number): void {
    for (let pfn = from; pfn < to; pfn++) this.k.ledger.takeBack(pfn);
    this.range(entry, from, to);
  }

  runWorkers(): void {
    this.driver.runWorkers();
  }

  drain(): void {
    for (let cpu = 0; cpu < this.machine.world.cpus; cpu++) this.call(this.machine.software.drain, 0, 0, cpu + 1);
  }

  migratetype(pfn: number): number {
    return migratetypeOfFreetype(this.k, typeOfBlock(this.k, pfn));
  }

  nrFree(): number {
    return this.k.of(mmColumns).nrFree.get(0);
  }

  /** Free blocks as text, `pfn:order` by rising pfn, whatever list they are on. */
  freeBlocks(from = 0, to = this.machine.world.pages): string {
    const blocks: string[] = [];
    for (let pfn = from; pfn < to; pfn++) {
      const order = buddyOrder(this.k, pfn);
      if (order >= 0) blocks.push(`${pfn}:${order}`);
    }
    return blocks.join(" ");
  }

  /** Allocated blocks by head. */
  owned(): number[] {
    const heads: number[] = [];
    for (let pfn = 0; pfn < this.machine.world.pages; pfn++) if (this.k.ledger.order(pfn) >= 0) heads.push(pfn);
    return heads;
  }

  /** Every frame's owner and content, for comparing what must not have changed. */
  contents(): string[] {
    return this.owned().map(
      (pfn) =>
        `${this.k.ledger.order(pfn)}/${this.k.ledger.asked(pfn)}/${this.k.ledger.use(pfn)}/${this.k.hw.tag(pfn)}`,
    );
  }

  pagesOn(kind: string): number {
    const index = this.machine.world.lists.kinds.findIndex(({ name }) => name === kind);
    return this.k.lists.pagesIn(2 + index);
  }

  /** No claim has failed since the last question, and none fails now. */
  expectSound(): void {
    expect(this.watch.violations().map(({ claim, text, call, step }) => `${claim} ${text} (${call} ${step})`)).toEqual(
      [],
    );
  }
}
