import { describe, expect, test } from "vitest";

import {
  buddyList,
  freeOnePage,
  freeToBuddy,
  listedTypeOf,
  rmqueueSmallest,
  setTypeOfBlock,
  typeOfBlock,
} from "../../impl/mm/buddy.ts";
import { mmColumns, zoneColumns, zoneLock } from "../../impl/mm/columns.ts";
import {
  MIGRATE_CMA,
  MIGRATE_HIGHATOMIC,
  MIGRATE_ISOLATE,
  MIGRATE_MOVABLE,
  MIGRATE_RECLAIMABLE,
  MIGRATE_UNMOVABLE,
} from "../../impl/mm/freetype.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import type { Kernel } from "../../model/kernel.ts";
import { structureFaults } from "./structure.ts";
import { ZonedMachine } from "./zoned-machine.ts";

const VERSIONS = ["6.1", "6.12"] as const;
const BLOCK = 16;

/** Two pageblocks that are each other's buddy, in hand, the second labelled `type`. */
function buddies(kernel: KernelVersion, type: number): { k: Kernel; m: ZonedMachine } {
  const m = new ZonedMachine({ kernel, pages: 2 * BLOCK, cpus: 1 });
  m.k.lockIrqSave(zoneLock(0));
  rmqueueSmallest(m.k, 0, 5, MIGRATE_MOVABLE);
  setTypeOfBlock(m.k, BLOCK, type);
  return { k: m.k, m };
}

describe.each(VERSIONS)("above pageblock_order, %s", (kernel) => {
  test.each([
    ["unmovable", MIGRATE_UNMOVABLE],
    ["reclaimable", MIGRATE_RECLAIMABLE],
    ["movable", MIGRATE_MOVABLE],
  ])("a movable block merges with an %s buddy", (_name, type) => {
    const { k, m } = buddies(kernel, type);
    freeOnePage(k, BLOCK, 4);
    freeOnePage(k, 0, 4);
    expect(k.of(mmColumns).buddy.get(0) - 1).toBe(5);
    expect(listedTypeOf(k, 0)).toBe(MIGRATE_MOVABLE);
    // The buddy takes the label of the block that was freed; 6.1 leaves it as it was.
    expect(typeOfBlock(k, BLOCK)).toBe(kernel === "6.12" ? MIGRATE_MOVABLE : type);
    expect(structureFaults(m.machine)).toEqual([]);
  });

  test.each([
    ["ISOLATE", MIGRATE_ISOLATE],
    ["CMA", MIGRATE_CMA],
    ["HIGHATOMIC", MIGRATE_HIGHATOMIC],
  ])("a block never merges with a buddy of type %s", (_name, type) => {
    for (const order of [
      [0, BLOCK],
      [BLOCK, 0],
    ]) {
      const { k, m } = buddies(kernel, type);
      for (const pfn of order) freeOnePage(k, pfn, 4);
      expect([0, BLOCK].map((pfn) => k.of(mmColumns).buddy.get(pfn) - 1)).toEqual([4, 4]);
      expect(k.lists.first(buddyList(k, 0, 4, type))).toBe(BLOCK);
      expect(structureFaults(m.machine)).toEqual([]);
    }
  });

  test("free pages of an isolated pageblock do not count as free", () => {
    const { k } = buddies(kernel, MIGRATE_ISOLATE);
    freeOnePage(k, BLOCK, 4);
    expect(k.of(mmColumns).nrFree.get(0)).toBe(0);
    freeOnePage(k, 0, 4);
    expect(k.of(mmColumns).nrFree.get(0)).toBe(BLOCK);
  });
});

test("blocks below the same pageblock merge in 6.1 even if a steal has left them on another type's list", () => {
  const { k, m } = buddies("6.1", MIGRATE_MOVABLE);
  freeOnePage(k, 8, 2, "by-merge", MIGRATE_UNMOVABLE);
  freeOnePage(k, 12, 2, "by-merge", MIGRATE_MOVABLE);
  expect([k.of(mmColumns).buddy.get(8) - 1, listedTypeOf(k, 8)]).toEqual([3, MIGRATE_MOVABLE]);
  expect(structureFaults(m.machine)).toEqual([]);
});

test("a block of several pageblocks is freed pageblock by pageblock in 6.12, by its first one's type in 6.1", () => {
  const types = VERSIONS.map((kernel) => {
    const { k } = buddies(kernel, MIGRATE_CMA);
    freeToBuddy(k, 0, 5, typeOfBlock(k, 0));
    return [k.of(mmColumns).buddy.get(0) - 1, listedTypeOf(k, 0), k.of(zoneColumns).nrFreeCma.get(0)];
  });
  expect(types).toEqual([
    [5, MIGRATE_MOVABLE, 0],
    [4, MIGRATE_MOVABLE, BLOCK],
  ]);
});

test("6.1 reads a freed page's type again under the lock while a pageblock of the zone is isolated", () => {
  const { k } = buddies("6.1", MIGRATE_ISOLATE);
  freeToBuddy(k, BLOCK, 4, MIGRATE_MOVABLE);
  const stale = listedTypeOf(k, BLOCK);
  k.of(zoneColumns).nrIsolateBlocks.set(0, 1);
  freeToBuddy(k, 0, 4, MIGRATE_RECLAIMABLE);
  expect([stale, listedTypeOf(k, 0)]).toEqual([MIGRATE_MOVABLE, MIGRATE_MOVABLE]);
});

test("a block that may soon merge joins its list at the end, others at its head", () => {
  const m = new ZonedMachine({ pages: 64, cpus: 1 });
  const { k } = m;
  k.lockIrqSave(zoneLock(0));
  for (let pfn = rmqueueSmallest(k, 0, 0, 1); pfn >= 0; pfn = rmqueueSmallest(k, 0, 0, 1));
  freeOnePage(k, 32, 0);
  freeOnePage(k, 8, 0);
  const list = buddyList(k, 0, 0, MIGRATE_MOVABLE);
  expect([k.lists.first(list), k.lists.last(list)]).toEqual([8, 32]);
  // 18's buddy of the next order, 16, is free: 18 waits at the end for 19.
  freeOnePage(k, 16, 1);
  freeOnePage(k, 18, 0);
  expect(k.lists.last(list)).toBe(18);
});

test("no block merges across the border of its zone", () => {
  const zones = [
    { name: "DMA32", node: 0, startPfn: 0, spanned: 24, managed: 24 },
    { name: "Normal", node: 0, startPfn: 24, spanned: 40, managed: 40 },
  ] as const;
  const m = new ZonedMachine({ zones, pages: 64, cpus: 1 });
  expect([0, 16, 24, 32].map((pfn) => m.k.of(mmColumns).buddy.get(pfn) - 1)).toEqual([4, 3, 3, 5]);
  expect(structureFaults(m.machine)).toEqual([]);
});
