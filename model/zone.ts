import { InputError } from "./failure.ts";
import type { Geometry } from "./geometry.ts";
import type { KernelVersion } from "./gfp.ts";

/** The kernel's zone names, lowest first: the order of a node's zonelist is the reverse. */
export const ZONE_NAMES = ["DMA", "DMA32", "Normal", "Movable"] as const;

export type ZoneName = (typeof ZONE_NAMES)[number];

/**
 * One memory zone as the machine has it. What the kernel computes from it (watermarks, per-CPU list sizes) may be given, as
 * a recorded machine's are.
 *
 * - **Shapes, units**: pages from `startPfn`; `managed` of the `spanned` pages belong to the allocator, the rest are holes or
 *   reserved at boot.
 */
export interface Zone {
  readonly name: ZoneName;
  readonly node: number;
  readonly startPfn: number;
  readonly spanned: number;
  readonly managed: number;
  readonly watermarks?: { readonly min: number; readonly low: number; readonly high: number };
  readonly pcp?: { readonly batch: number; readonly high: number };
}

/**
 * What a world has when the whole allocator runs in it: zones, watermarks, the slow path. A world without it is one zone in
 * which only the fast path exists, small enough to be searched exhaustively.
 *
 * - **kernel**: the version whose rules the allocator follows where versions differ.
 * - **reclaim**: kswapd, kcompactd, direct reclaim and compaction run. Off when a recording decides what is freed and when.
 * - **gfpAllowedMask**: flags that the kernel grants at this time; early boot takes the blocking ones away.
 * - **initOnAlloc**, **initOnFree**: zeroing at every allocation or free.
 * - **swapPages**: size of the swap device. **cmaBlocks**: pageblocks set aside for CMA at the end of the last zone.
 */
export interface WholeAllocator {
  readonly kernel: KernelVersion;
  readonly zones: readonly Zone[];
  readonly reclaim: boolean;
  readonly gfpAllowedMask: number;
  readonly initOnAlloc: boolean;
  readonly initOnFree: boolean;
  readonly swapPages: number;
  readonly cmaBlocks: number;
}

/**
 * Refuses zones that no machine has.
 *
 * - **Errors**: `InputError` BAD-ZONES, naming the zone.
 */
export function checkZones(zones: readonly Zone[], pages: number): void {
  if (zones.length === 0 || zones.length > 8) throw refuse(`${zones.length} zones`, "there are 1 to 8");
  let end = 0;
  for (const zone of zones) {
    const name = `zone ${zone.name} of node ${zone.node}`;
    if (zone.startPfn < end) throw refuse(name, "it begins inside the one before");
    if (zone.managed > zone.spanned) throw refuse(name, "it manages more pages than it spans");
    if (zone.node !== 0 && zone.node !== 1) throw refuse(name, "there are at most two nodes, 0 and 1");
    end = zone.startPfn + zone.spanned;
  }
  if (end > pages) throw refuse(`zones up to pfn ${end}`, `the world has ${pages} pages`);
}

/** The whole allocator with everything not told as on an ordinary machine: 6.12, one zone, reclaim on, no swap, no CMA. */
export function wholeAllocator(pages: number, told: Partial<WholeAllocator> = {}): WholeAllocator {
  return {
    kernel: "6.12",
    zones: [singleZone(pages)],
    reclaim: true,
    gfpAllowedMask: -1,
    initOnAlloc: false,
    initOnFree: false,
    swapPages: 0,
    cmaBlocks: 0,
    ...told,
  };
}

/** The whole of memory as one zone, for worlds without zones of their own. */
export function singleZone(pages: number): Zone {
  return { name: "Normal", node: 0, startPfn: 0, spanned: pages, managed: pages };
}

/** Pages that lie in no zone, lowest first, as ranges. */
export function holes(
  zones: readonly Zone[],
  pages: number,
): readonly { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = [];
  let at = 0;
  for (const { startPfn, spanned } of zones) {
    if (startPfn > at) found.push({ from: at, to: startPfn });
    at = startPfn + spanned;
  }
  if (at < pages) found.push({ from: at, to: pages });
  return found;
}

/** Free blocks into which the managed pages of the zones fall, in maximal aligned blocks; what a zone does not manage lies at its beginning. */
export function managedBlocks(zones: readonly Zone[], geometry: Geometry): { pfn: number; order: number }[] {
  return zones.flatMap(({ startPfn, spanned, managed }) =>
    alignedBlocks(startPfn + spanned - managed, startPfn + spanned, geometry.maxOrder),
  );
}

/** A range of pages as maximal aligned blocks, lowest first. */
export function alignedBlocks(from: number, to: number, maxOrder: number): { pfn: number; order: number }[] {
  const blocks: { pfn: number; order: number }[] = [];
  for (let pfn = from; pfn < to; ) {
    let order = maxOrder;
    while (pfn % 2 ** order !== 0 || pfn + 2 ** order > to) order--;
    blocks.push({ pfn, order });
    pfn += 2 ** order;
  }
  return blocks;
}

function refuse(what: string, why: string): InputError {
  return new InputError("BAD-ZONES", `${what}: ${why}`, "zones are listed by rising pfn and do not overlap");
}
