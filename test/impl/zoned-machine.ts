import { requestOf } from "../../harness/requests.ts";
import { softwareFor } from "../../harness/scenario.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import { mmColumns, zoneColumns } from "../../impl/mm/columns.ts";
import type { Recorder } from "../../model/column.ts";
import type { Design } from "../../model/design.ts";
import { type Geometry, MEDIUM } from "../../model/geometry.ts";
import { GFP, type KernelVersion } from "../../model/gfp.ts";
import { type Kernel, LEVEL_TASK } from "../../model/kernel.ts";
import { Machine } from "../../model/machine.ts";
import { MOMENT } from "../../model/moments.ts";
import type { Program } from "../../model/program.ts";
import { managedBlocks, singleZone, type WholeAllocator, wholeAllocator, type Zone } from "../../model/zone.ts";

export interface ZonedOptions {
  readonly kernel?: KernelVersion;
  readonly zones?: readonly Zone[];
  readonly pages?: number;
  readonly cpus?: number;
  readonly geometry?: Geometry;
  readonly design?: Design;
  readonly told?: Partial<WholeAllocator>;
  readonly recorder?: Recorder;
}

export interface Held {
  readonly pfn: number;
  readonly order: number;
}

/** Flag words of the tests' requests, by name. */
export const GFPS = {
  kernel: GFP.KERNEL,
  movable: GFP.HIGHUSER_MOVABLE,
  reclaimable: GFP.KERNEL | GFP.RECLAIMABLE,
  atomic: GFP.ATOMIC,
  nowait: GFP.NOWAIT,
  dma32: GFP.DMA32 | GFP.KERNEL,
  dma: GFP.DMA | GFP.KERNEL,
  thisNode: GFP.THISNODE | GFP.KERNEL,
  zeroed: GFP.KERNEL | GFP.ZERO,
  /** Neither wakes kswapd nor waits. */
  bare: GFP.IO,
} as const;

const NAMES = Object.keys(GFPS) as (keyof typeof GFPS)[];

/** A whole allocator without reclaim, driven call by call: what is not free at boot belongs to nobody in particular. */
export class ZonedMachine {
  readonly machine: Machine;
  readonly k: Kernel;

  constructor(options: ZonedOptions = {}) {
    const { kernel = "6.12", pages = 512, cpus = 2, geometry = MEDIUM, design = noAsi } = options;
    const zones = options.zones ?? [singleZone(pages)];
    const whole = wholeAllocator(pages, { kernel, zones, reclaim: false, ...options.told });
    this.machine = new Machine(
      softwareFor(design),
      {
        geometry,
        cpus,
        pages,
        mms: 2,
        whole,
        requests: NAMES.map((name) => requestOf(design, GFPS[name])),
        translations: "epochs",
        modes: false,
        irq: true,
        preempt: false,
      },
      [],
      options.recorder,
    );
    this.k = this.machine.k;
    const blocks = managedBlocks(zones, geometry);
    this.machine.boot([], blocks);
    const free = new Set(blocks.flatMap(({ pfn, order }) => Array.from({ length: 1 << order }, (_, i) => pfn + i)));
    for (let pfn = 0; pfn < pages; pfn++) if (!free.has(pfn)) this.k.ledger.reserve(pfn, 0);
    this.machine.clearStep();
  }

  /** Runs a call to its end; answers what it was handed out, by rising moment. */
  call(program: Program | string, b = 0, c = 0, d = 0, cpu = 0): Held[] {
    const entry = typeof program === "string" ? this.machine.software.calls[program] : program;
    if (entry === undefined) throw new Error(`no call ${String(program)}`);
    const got: Held[] = [];
    this.machine.clearStep();
    this.k.start(cpu, LEVEL_TASK, entry, 0, b, c, d);
    this.collect(got);
    while (this.k.depth(cpu, LEVEL_TASK) > 0) {
      this.machine.clearStep();
      if (!this.k.step(cpu, LEVEL_TASK, 0)) throw new Error(`${entry.name} is stuck`);
      this.collect(got);
    }
    return got;
  }

  /** The head of the block, or -1. */
  alloc(name: keyof typeof GFPS, order = 0, cpu = 0): number {
    return this.call(this.machine.software.alloc, requestIndex(name), order, 0, cpu)[0]?.pfn ?? -1;
  }

  free(pfn: number, cpu = 0): void {
    const order = this.k.ledger.takeBack(pfn);
    this.call(this.machine.software.free, 0, order, pfn + 1, cpu);
  }

  nrFree(zone = 0): number {
    return this.k.of(mmColumns).nrFree.get(zone);
  }

  zone(): ReturnType<typeof zoneCells> {
    return zoneCells(this.k);
  }

  private collect(got: Held[]): void {
    const { moments, ledger } = this.k;
    for (let i = 0; i < moments.count; i++) {
      if (moments.kinds[i] !== MOMENT.handOut) continue;
      const pfn = moments.pfns[i] as number;
      got.push({ pfn, order: ledger.order(pfn) });
    }
  }
}

export function requestIndex(name: keyof typeof GFPS): number {
  return NAMES.indexOf(name);
}

function zoneCells(k: Kernel) {
  return k.of(zoneColumns);
}
