import { seededChooser } from "../../harness/boot-kernel/chooser.ts";
import { type BootedKernel, type BootOptions, bootKernel } from "../../harness/boot-kernel.ts";
import { MIXED_ZONES } from "../../harness/workloads/mixed.ts";
import { type Geometry, MEDIUM } from "../../model/geometry.ts";
import { GFP, type KernelVersion } from "../../model/gfp.ts";
import { StructureCheck } from "./structure-check.ts";

/** What a random run came to. */
export interface RandomRun {
  readonly calls: number;
  readonly allocs: number;
  readonly refused: number;
  readonly frees: number;
  /** The first thing that was wrong, with the number of the call; undefined when nothing was. */
  readonly fault: string | undefined;
  readonly kernel: BootedKernel;
}

const FLAGS = [
  GFP.KERNEL,
  GFP.KERNEL,
  GFP.HIGHUSER_MOVABLE,
  GFP.HIGHUSER_MOVABLE | GFP.ZERO,
  GFP.KERNEL | GFP.RECLAIMABLE,
  GFP.NOWAIT,
  GFP.KERNEL | GFP.NORETRY | GFP.COMP,
  GFP.KERNEL | GFP.DMA32,
] as const;

const CONTEXTS = ["task", "task", "task", "softirq", "hardirq"] as const;

/** Calls between two checks of the whole. */
const WHOLE_EVERY = 4_096;

/**
 * `calls` random calls, structures checked after each: allocations of all orders, types and contexts, frees by any CPU, drains.
 * The share of memory in use swings between nearly none and nearly all, so that lists run empty and blocks merge.
 *
 * - **Errors**: none; the first fault ends the run and is its answer.
 */
export function randomCalls(
  kernel: KernelVersion,
  seed: number,
  calls: number,
  geometry: Geometry = MEDIUM,
): RandomRun {
  const options: BootOptions = { kernel, zones: MIXED_ZONES, geometry, cpus: 2, reclaim: false };
  let check: StructureCheck | undefined;
  const booted = bootKernel(options, { step: () => check?.note() });
  check = new StructureCheck(booted.machine);
  const run = new RandomCaller(booted, seed);
  let fault: string | undefined;
  for (let call = 0; call < calls && fault === undefined; call++) {
    run.once(call);
    fault = check.afterCall() ?? (call % WHOLE_EVERY === 0 ? check.whole() : undefined);
    if (fault !== undefined) fault = `call ${call}: ${fault}`;
  }
  fault ??= check.whole();
  return { calls, allocs: run.allocs, refused: run.refused, frees: run.frees, fault, kernel: booted };
}

class RandomCaller {
  allocs = 0;
  refused = 0;
  frees = 0;
  private inUse = 0;
  private readonly draw: (below: number) => number;

  constructor(
    private readonly kernel: BootedKernel,
    seed: number,
  ) {
    this.draw = seededChooser(seed);
  }

  once(call: number): void {
    // A wave of 32,768 calls: memory fills, and empties again.
    const wanted = (call >> 14) % 2 === 0 ? 0.97 : 0.05;
    const full = this.inUse / this.kernel.machine.world.pages;
    if (this.draw(512) === 0) this.kernel.drainPages(this.draw(2));
    else if (this.draw(100) < (full < wanted ? 70 : 30)) this.alloc();
    else this.free();
  }

  /** Frees all that is allocated and drains. */
  emptyAll(): void {
    const { ledger } = this.kernel.machine.k;
    for (let pfn = 0; pfn < this.kernel.machine.world.pages; pfn++) {
      if (ledger.order(pfn) >= 0) this.kernel.freePages(pfn, ledger.order(pfn));
    }
    this.kernel.drainPages();
  }

  private alloc(): void {
    const context = CONTEXTS[this.draw(CONTEXTS.length)] ?? "task";
    const gfp = context === "task" ? (FLAGS[this.draw(FLAGS.length)] ?? GFP.KERNEL) : GFP.ATOMIC;
    // Orders fall off by half, with all of them possible.
    const order = Math.min(Math.clz32(this.draw(0x7fff_ffff) + 1) - 1, this.kernel.machine.world.geometry.maxOrder);
    const answer = this.kernel.allocPages(gfp, order, { cpu: this.draw(2), context });
    if (!answer.ok) this.refused++;
    else {
      this.allocs++;
      this.inUse += 2 ** order;
    }
  }

  private free(): void {
    const { k, world } = this.kernel.machine;
    const from = this.draw(world.pages);
    for (let i = 0; i < world.pages; i++) {
      const pfn = (from + i) % world.pages;
      const order = k.ledger.order(pfn);
      if (order < 0) continue;
      this.kernel.freePages(pfn, order, { cpu: this.draw(2), context: CONTEXTS[this.draw(CONTEXTS.length)] ?? "task" });
      this.frees++;
      this.inUse -= 2 ** order;
      return;
    }
  }
}
