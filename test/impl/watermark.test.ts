import { describe, expect, test } from "vitest";

import {
  ALLOC_CMA,
  ALLOC_CPUSET,
  ALLOC_HIGHATOMIC,
  ALLOC_KSWAPD,
  ALLOC_MIN_RESERVE,
  ALLOC_NO_WATERMARKS,
  ALLOC_NON_BLOCK,
  ALLOC_OOM,
  gfpPfmemallocFlags,
  gfpToAllocFlags,
} from "../../impl/mm/alloc-flags.ts";
import { mmColumns, zoneColumns, zoneLock } from "../../impl/mm/columns.ts";
import { accountFreePages, DIFF_ZERO, foldFreeDiff, freePagesSeen, SEEN_ZERO } from "../../impl/mm/free-accounting.ts";
import { MIGRATE_CMA, MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE } from "../../impl/mm/freetype.ts";
import { moveFreepagesBlock } from "../../impl/mm/move-freepages.ts";
import { lowWmark, zoneWatermarkFast, zoneWatermarkOk, zoneWatermarkOkSafe } from "../../impl/mm/watermark.ts";
import { ZONE_MOVABLE, ZONE_NORMAL } from "../../impl/mm/zones.ts";
import { GFP, GFP_V6_1, type KernelVersion } from "../../model/gfp.ts";
import type { Kernel } from "../../model/kernel.ts";
import { ZonedMachine } from "./zoned-machine.ts";

const VERSIONS = ["6.1", "6.12"] as const;

/** One zone of 256 pages with a reserve of 10 against requests that may go higher. */
function zone(kernel: KernelVersion = "6.12"): Kernel {
  const { k } = new ZonedMachine({ kernel, pages: 256 });
  k.of(zoneColumns).lowmemReserve.set(ZONE_MOVABLE, 10);
  return k;
}

/** The least free count at which the test passes. */
function least(k: Kernel, order: number, mark: number, highest: number, flags: number): number {
  for (let free = 0; free <= 256; free++) if (zoneWatermarkOk(k, 0, order, mark, highest, flags, free)) return free;
  return -1;
}

describe.each(VERSIONS)("__zone_watermark_ok, %s", (kernel) => {
  const k = zone(kernel);

  test.each([
    ["more than the mark has to be free", 0, ZONE_NORMAL, 0, 65],
    ["lowmem_reserve is added for requests that could be served higher up", 0, ZONE_MOVABLE, 0, 75],
    ["the rest of the block itself does not count", 3, ZONE_NORMAL, 0, 72],
    ["__GFP_HIGH may use half of the mark", 0, ZONE_NORMAL, ALLOC_MIN_RESERVE, 33],
    ["atomic requests may leave 3/8 of it", 0, ZONE_NORMAL, ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK, 25],
    ["not to block alone gives no access", 0, ZONE_NORMAL, ALLOC_NON_BLOCK, 65],
    ["OOM victims may use half, of what the others leave", 0, ZONE_NORMAL, ALLOC_OOM, 33],
    ["OOM and __GFP_HIGH together 1/4", 0, ZONE_NORMAL, ALLOC_OOM | ALLOC_MIN_RESERVE, 17],
  ])("%s", (_rule, order, highest, flags, expected) => {
    expect(least(k, order, 64, highest, flags)).toBe(expected);
  });

  test("an odd mark is halved downwards in what is given away", () => {
    expect(least(k, 0, 7, ZONE_NORMAL, ALLOC_MIN_RESERVE)).toBe(5);
    expect(least(k, 0, 7, ZONE_NORMAL, ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK)).toBe(4);
  });

  test("a high-order request also needs a block of its order, whatever the count", () => {
    const m = new ZonedMachine({ kernel, pages: 64 });
    expect(zoneWatermarkOk(m.k, 0, 3, 0, ZONE_NORMAL, 0)).toBe(true);
    const c = m.zone();
    for (const mark of [c.wmarkMin, c.wmarkLow, c.wmarkHigh]) mark.set(0, 0);
    const held: number[] = [];
    for (let pfn = m.alloc("movable"); pfn >= 0; pfn = m.alloc("movable")) held.push(pfn);
    for (const pfn of held) if (pfn % 2 === 0) m.free(pfn);
    m.call("drain_all_pages");
    const passes = [0, 1, 3].map((order) => zoneWatermarkOk(m.k, 0, order, 0, ZONE_NORMAL, 0, 200));
    expect(passes).toEqual([true, false, false]);
  });

  test.each([
    ["CMA", MIGRATE_CMA, ALLOC_CMA],
    ["HIGHATOMIC", MIGRATE_HIGHATOMIC, ALLOC_HIGHATOMIC],
    ["HIGHATOMIC", MIGRATE_HIGHATOMIC, ALLOC_OOM],
  ])("a block of type %s counts only for requests that may have it", (_name, type, flag) => {
    const m = new ZonedMachine({ kernel, pages: 32, cpus: 1 });
    relabelAll(m.k, type);
    expect(zoneWatermarkOk(m.k, 0, 2, 0, ZONE_NORMAL, 0, 300)).toBe(false);
    expect(zoneWatermarkOk(m.k, 0, 2, 0, ZONE_NORMAL, flag, 300)).toBe(true);
  });

  test("free CMA pages do not count for requests that may not have them", () => {
    const m = new ZonedMachine({ kernel, pages: 64 });
    m.k.of(zoneColumns).nrFreeCma.set(0, 20);
    expect([least(m.k, 0, 10, ZONE_NORMAL, 0), least(m.k, 0, 10, ZONE_NORMAL, ALLOC_CMA)]).toEqual([31, 11]);
  });
});

test("6.1 leaves out all pages of the atomic reserve, 6.12 the free ones; who has access to reserves counts them", () => {
  const [old, now] = VERSIONS.map((kernel) => {
    const k = zone(kernel);
    k.of(zoneColumns).nrReservedHighatomic.set(0, 32);
    k.of(zoneColumns).nrFreeHighatomic.set(0, 12);
    return [least(k, 0, 64, ZONE_NORMAL, 0), least(k, 0, 64, ZONE_NORMAL, ALLOC_NON_BLOCK)];
  });
  expect(old).toEqual([97, 65]);
  expect(now).toEqual([77, 65]);
});

test("the boost of the min watermark does not stand in the way of order-0 requests that may use the min reserve", () => {
  const passes = (kernel: KernelVersion, gfp: number, order = 0): boolean => {
    const k = zone(kernel);
    const c = k.of(zoneColumns);
    c.wmarkMin.set(0, 40);
    c.boost.set(0, 100);
    c.nrFreeSeen.set(0, 45 + SEEN_ZERO);
    return zoneWatermarkFast(k, 0, order, 140, ZONE_NORMAL, gfpToAllocFlags(gfp, order), gfp);
  };
  expect(passes("6.12", GFP.ATOMIC)).toBe(true);
  expect(passes("6.12", GFP.ATOMIC, 1)).toBe(false);
  expect(passes("6.12", GFP.KERNEL)).toBe(false);
  // 6.1 goes by the bit __GFP_ATOMIC, which 6.12 does not have: __GFP_HIGH alone is not enough.
  expect(passes("6.1", GFP_V6_1.ATOMIC)).toBe(true);
  expect(passes("6.1", GFP.ATOMIC)).toBe(false);
});

test("watermarks are read with the boost", () => {
  const k = zone();
  const c = k.of(zoneColumns);
  c.wmarkLow.set(0, 50);
  c.boost.set(0, 16);
  expect(lowWmark(k, 0)).toBe(66);
});

describe("the free count that readers see", () => {
  test("is behind by what a CPU has not folded in, up to its threshold", () => {
    const k = zone();
    k.cpu = 1;
    const threshold = k.of(zoneColumns).statThreshold.get(0);
    accountFreePages(k, 0, -threshold, MIGRATE_MOVABLE);
    expect(freePagesSeen(k, 0) - k.of(mmColumns).nrFree.get(0)).toBe(threshold);
    accountFreePages(k, 0, -1, MIGRATE_MOVABLE);
    expect(freePagesSeen(k, 0)).toBe(k.of(mmColumns).nrFree.get(0));
    accountFreePages(k, 0, 1, MIGRATE_MOVABLE);
    expect(k.of(zoneColumns).freeDiff.get(1)).toBe(DIFF_ZERO + 1);
    foldFreeDiff(k, 0, 1);
    expect(freePagesSeen(k, 0)).toBe(k.of(mmColumns).nrFree.get(0));
  });

  test("is summed up over all CPUs below percpu_drift_mark by zone_watermark_ok_safe alone", () => {
    const k = zone();
    const c = k.of(zoneColumns);
    c.nrFreeSeen.set(0, 100 + SEEN_ZERO);
    const both = (): boolean[] => [
      zoneWatermarkOk(k, 0, 0, 150, ZONE_NORMAL, 0),
      zoneWatermarkOkSafe(k, 0, 0, 150, ZONE_NORMAL),
    ];
    c.driftMark.set(0, 0);
    expect(both()).toEqual([false, false]);
    c.driftMark.set(0, 101);
    expect(both()).toEqual([false, true]);
    c.driftMark.set(0, 100);
    expect(both()).toEqual([false, false]);
  });
});

describe("gfp_to_alloc_flags", () => {
  test.each([
    ["GFP_KERNEL", GFP.KERNEL, 0, ALLOC_CPUSET | ALLOC_KSWAPD],
    ["GFP_HIGHUSER_MOVABLE", GFP.HIGHUSER_MOVABLE, 0, ALLOC_CPUSET | ALLOC_KSWAPD | ALLOC_CMA],
    ["GFP_ATOMIC", GFP.ATOMIC, 0, ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK | ALLOC_KSWAPD],
    ["GFP_ATOMIC of order 2", GFP.ATOMIC, 2, ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK | ALLOC_KSWAPD | ALLOC_HIGHATOMIC],
    ["GFP_NOWAIT", GFP.NOWAIT, 0, ALLOC_CPUSET | ALLOC_NON_BLOCK | ALLOC_KSWAPD],
    ["GFP_ATOMIC that may not use reserves", GFP.ATOMIC | GFP.NOMEMALLOC, 2, ALLOC_MIN_RESERVE | ALLOC_KSWAPD],
  ])("of %s", (_name, gfp, order, flags) => {
    expect(gfpToAllocFlags(gfp, order)).toBe(flags);
  });

  test("MEMALLOC goes below all watermarks, NOMEMALLOC wins over it, OOM victims get half", () => {
    expect([
      gfpPfmemallocFlags(GFP.MEMALLOC, false, false),
      gfpPfmemallocFlags(GFP.KERNEL, true, false),
      gfpPfmemallocFlags(GFP.MEMALLOC | GFP.NOMEMALLOC, true, true),
      gfpPfmemallocFlags(GFP.KERNEL, false, true),
      gfpPfmemallocFlags(GFP.KERNEL, false, false),
    ]).toEqual([ALLOC_NO_WATERMARKS, ALLOC_NO_WATERMARKS, 0, ALLOC_OOM, 0]);
  });
});

/** Gives every pageblock of the zone another type, with its free pages. */
function relabelAll(k: Kernel, type: number): void {
  k.lockIrqSave(zoneLock(0));
  const size = 1 << k.world.geometry.pageblockOrder;
  // A block above pageblock_order moves with its first pageblock.
  for (let pfn = 0; pfn < k.world.pages; pfn += size) {
    moveFreepagesBlock(k, 0, pfn, MIGRATE_MOVABLE, type);
    k.of(mmColumns).blockType.set(pfn / size, type);
  }
  k.unlockIrqRestore(zoneLock(0));
}
