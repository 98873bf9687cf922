import { MEDIUM } from "../../model/geometry.ts";
import { GFP } from "../../model/gfp.ts";
import type { Zone } from "../../model/zone.ts";
import type { Chooser } from "../boot-kernel/driver.ts";
import type { BootedKernel, BootOptions, CallContext, Use } from "../boot-kernel.ts";

/** Two zones, 4,096 pages, pageblocks of 16: small enough that every structure is used again and again. */
export const MIXED_ZONES: readonly Zone[] = [
  { name: "DMA32", node: 0, startPfn: 0, spanned: 1024, managed: 1024 },
  { name: "Normal", node: 0, startPfn: 1024, spanned: 3072, managed: 3072 },
];

/** The machine on which mixed calls are made: little memory, some swap, a CMA area, two CPUs. */
export const MIXED_MACHINE = {
  zones: MIXED_ZONES,
  geometry: MEDIUM,
  cpus: 2,
  swapMiB: 1,
  cmaMiB: 1,
} as const satisfies Partial<BootOptions>;

/**
 * Makes one random call, out of every kind there is, under memory pressure: allocations for all uses and contexts, what owners do
 * with their pages, bulk and exact runs, ranges, hotplug, broken pages, page reporting. Answers the call's name.
 *
 * - **Shapes, units**: `draw` answers 0 to its argument - 1; the kernel is a `MIXED_MACHINE`.
 */
export function mixedCall(kernel: BootedKernel, draw: Chooser): string {
  const [name, act] = ACTS[draw(ACTS.length)] as (typeof ACTS)[number];
  act(kernel, draw);
  return name;
}

type Draw = Chooser;

const USES: readonly Use[] = ["kernel", "file", "anon", "anon", "anon", "movable"];
const FLAGS: Readonly<Record<Use, readonly number[]>> = {
  kernel: [GFP.KERNEL, GFP.NOWAIT, GFP.KERNEL | GFP.RECLAIMABLE, GFP.KERNEL | GFP.NORETRY, GFP.KERNEL | GFP.SENSITIVE],
  file: [GFP.HIGHUSER_MOVABLE, GFP.HIGHUSER_MOVABLE | GFP.SENSITIVE | GFP.WRITE],
  anon: [GFP.HIGHUSER_MOVABLE | GFP.SENSITIVE | GFP.ZERO],
  movable: [GFP.HIGHUSER_MOVABLE],
};

function alloc(kernel: BootedKernel, draw: Draw): void {
  const use = USES[draw(USES.length)] ?? "kernel";
  const flags = FLAGS[use];
  const order = Math.max(0, Math.clz32(draw(0x7fff_ffff) + 1) - 1);
  const gfp = flags[draw(flags.length)] ?? GFP.KERNEL;
  const answer = kernel.allocPages(gfp, Math.min(order, use === "kernel" ? 5 : 2), { cpu: draw(2), use });
  // The OOM killer was asked: a task gives up what it has.
  if (!answer.ok && answer.reason === "oom") for (let i = 0; i < 300; i++) free(kernel, draw);
}

function allocInInterrupt(kernel: BootedKernel, draw: Draw): void {
  const context: CallContext = draw(2) === 0 ? "softirq" : "hardirq";
  kernel.allocPages(GFP.ATOMIC, draw(3), { cpu: draw(2), context, use: "kernel" });
}

/** Does something to the first allocated block at or behind a drawn page. */
function toBlock(
  act: (kernel: BootedKernel, pfn: number, draw: Draw) => void,
): (kernel: BootedKernel, draw: Draw) => void {
  return (kernel, draw) => {
    const { k, world } = kernel.machine;
    const from = draw(world.pages);
    for (let i = 0; i < world.pages; i++) {
      const pfn = (from + i) % world.pages;
      if (k.ledger.order(pfn) < 0) continue;
      act(kernel, pfn, draw);
      return;
    }
  };
}

const free = toBlock((kernel, pfn, draw) => {
  kernel.freePages(pfn, kernel.machine.k.ledger.order(pfn), { cpu: draw(2) });
});

/** Someone else's kernel memory has no LRU state to speak of. */
const onLru = (kernel: BootedKernel, pfn: number): boolean => {
  const owner = kernel.owner(pfn);
  return owner.state === "allocated" && (owner.use === "file" || owner.use === "anon");
};

function contig(kernel: BootedKernel, draw: Draw): void {
  const start = draw(64) * 64;
  const end = start + 16 * (1 + draw(4));
  if (kernel.allocContigRange(start, end, GFP.KERNEL, { cpu: draw(2) }).ok) kernel.freeContigRange(start, end - start);
}

function hotplug(kernel: BootedKernel, draw: Draw): void {
  const start = draw(128) * 32;
  if (kernel.offlinePages(start, 32).ok) kernel.onlinePages(start, 32);
}

function breakPage(kernel: BootedKernel, draw: Draw): void {
  const pfn = draw(kernel.machine.world.pages);
  if (draw(2) === 0) kernel.memoryFailure(pfn);
  else kernel.softOffline(pfn);
  kernel.unpoison(pfn);
}

function bulk(kernel: BootedKernel, draw: Draw): void {
  const pfns = kernel.allocPagesBulk(GFP.KERNEL, 1 + draw(20), { cpu: draw(2) });
  if (draw(2) === 0) kernel.releasePages(pfns, { cpu: draw(2) });
}

function exact(kernel: BootedKernel, draw: Draw): void {
  const count = 1 + draw(12);
  const answer = kernel.allocPagesExact(GFP.KERNEL, count, { cpu: draw(2) });
  if (answer.ok && draw(2) === 0) kernel.freePagesExact(answer.pfn, count, { cpu: draw(2) });
}

function cma(kernel: BootedKernel, draw: Draw): void {
  const answer = kernel.cmaAlloc(16, 4, GFP.KERNEL, { cpu: draw(2) });
  if (answer.ok) kernel.freeContigRange(answer.pfn, 16);
}

type Act = (kernel: BootedKernel, draw: Draw) => void;

/** Each as often as it is listed. */
const ACTS: readonly (readonly [string, Act])[] = [
  ...new Array<[string, Act]>(24).fill(["alloc", alloc]),
  ...new Array<[string, Act]>(6).fill(["alloc in interrupt", allocInInterrupt]),
  ...new Array<[string, Act]>(12).fill(["free", free]),
  ...new Array<[string, Act]>(4).fill(["touch", toBlock((kernel, pfn) => onLru(kernel, pfn) && kernel.touch(pfn))]),
  ...new Array<[string, Act]>(2).fill(["dirty", toBlock((kernel, pfn) => onLru(kernel, pfn) && kernel.dirty(pfn))]),
  ...new Array<[string, Act]>(2).fill([
    "end writeback",
    toBlock((kernel, pfn) => onLru(kernel, pfn) && kernel.endWriteback(pfn)),
  ]),
  ...new Array<[string, Act]>(2).fill(["swap slot", (kernel) => kernel.freeSwapSlot()]),
  ["pin", toBlock((kernel, pfn) => onLru(kernel, pfn) && kernel.pin(pfn))],
  ["unpin", toBlock((kernel, pfn) => kernel.unpin(pfn))],
  ["split", toBlock((kernel, pfn) => onLru(kernel, pfn) || kernel.splitPage(pfn))],
  ["drain", (kernel, draw) => kernel.drainPages(draw(2))],
  ["compact", (kernel) => kernel.compactMemory()],
  ["contig", contig],
  ["hotplug", hotplug],
  ["break", breakPage],
  ["bulk", bulk],
  ["exact", exact],
  ["cma", cma],
  ["report", (kernel) => kernel.reportFreePages()],
  ["vmstat", (kernel) => kernel.updateVmstat()],
];
