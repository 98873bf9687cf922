import { describe, expect, test } from "vitest";

import { buddyList, rmqueueSmallest, typeOfBlock } from "../../impl/mm/buddy.ts";
import { acColumns, zoneColumns, zoneLock } from "../../impl/mm/columns.ts";
import { MIGRATE_CMA, MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE, MIGRATE_UNMOVABLE } from "../../impl/mm/freetype.ts";
import { highatomicLimit, reserveHighatomic, unreserveHighatomic } from "../../impl/mm/highatomic.ts";
import { ZONE_NORMAL } from "../../impl/mm/zones.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import { structureFaults } from "./structure.ts";
import { ZonedMachine } from "./zoned-machine.ts";

const VERSIONS = ["6.1", "6.12"] as const;
const BLOCK = 16;

function boot(kernel: KernelVersion, pages = 4096): ZonedMachine {
  const m = new ZonedMachine({ kernel, pages, cpus: 1 });
  for (const mark of [m.zone().wmarkMin, m.zone().wmarkLow, m.zone().wmarkHigh]) mark.set(0, 4);
  return m;
}

test("the reserve's limit is 1 % and a pageblock in 6.1; in 6.12 1 % in whole pageblocks, and none in a zone too small for one", () => {
  const managed = [1599, 1600, 4096, 10_000];
  expect(managed.map((pages) => highatomicLimit(boot("6.1").k, pages))).toEqual([31, 32, 56, 116]);
  expect(managed.map((pages) => highatomicLimit(boot("6.12").k, pages))).toEqual([0, 16, 48, 112]);
});

describe.each(VERSIONS)("the reserve for high-order atomic requests, %s", (kernel) => {
  /** An atomic request of order 1 that the low watermark refuses: the slow path lets it below, and reserves its pageblock. */
  const reserveByCall = (m: ZonedMachine): number => {
    m.zone().wmarkLow.set(0, 5000);
    m.zone().wmarkHigh.set(0, 5000);
    return m.alloc("atomic", 1);
  };

  test("takes the pageblock in which an atomic request of order 1 or more was served in the slow path", () => {
    const m = boot(kernel);
    const pfn = reserveByCall(m);
    expect(pfn).toBeGreaterThanOrEqual(0);
    expect(typeOfBlock(m.k, pfn)).toBe(MIGRATE_HIGHATOMIC);
    expect(m.zone().nrReservedHighatomic.get(0)).toBe(BLOCK);
    expect(structureFaults(m.machine)).toEqual([]);
  });

  test("is not touched by an atomic request of order 0", () => {
    const m = boot(kernel);
    m.zone().wmarkLow.set(0, 5000);
    m.zone().wmarkHigh.set(0, 5000);
    expect(m.alloc("atomic", 0)).toBeGreaterThanOrEqual(0);
    expect(m.zone().nrReservedHighatomic.get(0)).toBe(0);
  });

  test("stops growing at its limit", () => {
    const m = boot(kernel);
    m.k.lockIrqSave(zoneLock(0));
    const limit = highatomicLimit(m.k, 4096);
    for (let block = 0; block < 12; block++) reserveHighatomic(m.k, 0, block * BLOCK, 0);
    expect(m.zone().nrReservedHighatomic.get(0)).toBe(Math.ceil(limit / BLOCK) * BLOCK);
  });

  test("leaves CMA pageblocks alone", () => {
    const m = new ZonedMachine({ kernel, pages: 4096, cpus: 1, told: { cmaBlocks: 2 } });
    m.k.lockIrqSave(zoneLock(0));
    reserveHighatomic(m.k, 0, 4090, 0);
    expect([typeOfBlock(m.k, 4090), m.zone().nrReservedHighatomic.get(0)]).toEqual([MIGRATE_CMA, 0]);
  });

  test("gives a pageblock to the type that is in need", () => {
    const m = boot(kernel);
    const pfn = reserveByCall(m);
    m.k.lockIrqSave(zoneLock(0));
    expect(unreserveHighatomic(m.k, 0, MIGRATE_UNMOVABLE)).toBe(true);
    expect([typeOfBlock(m.k, pfn), m.zone().nrReservedHighatomic.get(0)]).toEqual([MIGRATE_UNMOVABLE, 0]);
    expect(m.k.of(zoneColumns).nrFreeHighatomic.get(0)).toBe(0);
    expect(unreserveHighatomic(m.k, 0, MIGRATE_UNMOVABLE)).toBe(false);
    expect(structureFaults(m.machine)).toEqual([]);
  });

  test("keeps its last pageblock from a caller that is not desperate", () => {
    const m = boot(kernel);
    reserveByCall(m);
    // The call reads the context of the allocation that it is part of.
    m.k.of(acColumns).highestZone.set(0, ZONE_NORMAL);
    m.call("unreserve_highatomic_pageblock", 0, 0);
    const kept = m.zone().nrReservedHighatomic.get(0);
    m.call("unreserve_highatomic_pageblock", 0, 1);
    expect([kept, m.zone().nrReservedHighatomic.get(0)]).toEqual([BLOCK, 0]);
  });

  test("serves high-order atomic requests first, and others not at all", () => {
    const m = boot(kernel);
    const first = reserveByCall(m);
    const second = m.alloc("atomic", 2);
    expect(Math.floor(second / BLOCK)).toBe(Math.floor(first / BLOCK));
    m.zone().wmarkLow.set(0, 4);
    m.zone().wmarkHigh.set(0, 4);
    const other = m.alloc("kernel", 2);
    expect(typeOfBlock(m.k, other)).not.toBe(MIGRATE_HIGHATOMIC);
  });

  test("serves an order-0 request that cannot wait when everything else is gone", () => {
    const m = boot(kernel);
    m.k.lockIrqSave(zoneLock(0));
    reserveHighatomic(m.k, 0, 0, 0);
    for (let pfn = rmqueueSmallest(m.k, 0, 0, MIGRATE_MOVABLE); pfn >= 0; )
      pfn = rmqueueSmallest(m.k, 0, 0, MIGRATE_MOVABLE);
    m.k.unlockIrqRestore(zoneLock(0));
    for (const mark of [m.zone().wmarkMin, m.zone().wmarkLow, m.zone().wmarkHigh]) mark.set(0, 0);
    m.call("vmstat_update");
    expect(m.alloc("kernel")).toBe(-1);
    expect(typeOfBlock(m.k, m.alloc("atomic"))).toBe(MIGRATE_HIGHATOMIC);
  });

  test("moves the free pages of the pageblock with its label", () => {
    const m = boot(kernel);
    reserveByCall(m);
    let pages = 0;
    for (let order = 0; order <= 5; order++)
      pages += m.k.lists.length(buddyList(m.k, 0, order, MIGRATE_HIGHATOMIC)) << order;
    expect(m.zone().nrFreeHighatomic.get(0)).toBe(pages);
    expect(pages).toBeGreaterThan(0);
  });
});

test("a served block above pageblock_order reserves and counts all its pageblocks in 6.12, the first in 6.1", () => {
  const reserved = VERSIONS.map((kernel) => {
    const m = boot(kernel);
    m.k.lockIrqSave(zoneLock(0));
    const pfn = rmqueueSmallest(m.k, 0, 5, MIGRATE_MOVABLE);
    reserveHighatomic(m.k, 0, pfn, 5);
    return [m.zone().nrReservedHighatomic.get(0), typeOfBlock(m.k, pfn), typeOfBlock(m.k, pfn + BLOCK)];
  });
  expect(reserved).toEqual([
    [16, MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE],
    [32, MIGRATE_HIGHATOMIC, MIGRATE_HIGHATOMIC],
  ]);
});
