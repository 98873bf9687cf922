import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { softwareFor } from "../../harness/scenario.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import { buddyList, freeOnePage, rmqueueSmallest } from "../../impl/mm/buddy.ts";
import { mmColumns } from "../../impl/mm/columns.ts";
import { type Geometry, MEDIUM, SMALL } from "../../model/geometry.ts";
import type { Kernel } from "../../model/kernel.ts";
import { Machine } from "../../model/machine.ts";

interface Block {
  readonly pfn: number;
  readonly order: number;
}

function zone(pages: number, geometry: Geometry): Kernel {
  const machine = new Machine(
    softwareFor(noAsi),
    {
      geometry,
      cpus: 1,
      pages,
      mms: 2,
      requests: [],
      translations: "may-hold",
      modes: false,
      irq: false,
      preempt: false,
    },
    [],
  );
  machine.boot([]);
  return machine.k;
}

/** Free blocks by list, as the links have them. */
function freeBlocks(k: Kernel): Block[] {
  const found: Block[] = [];
  for (let order = 0; order <= k.world.geometry.maxOrder; order++) {
    const list = buddyList(k, 0, order, 0);
    for (let pfn = k.lists.first(list); pfn >= 0; pfn = k.lists.next(pfn)) found.push({ pfn, order });
  }
  return found.sort((a, b) => a.pfn - b.pfn);
}

/** The blocks into which a set of free pages must have merged: maximal, aligned, lowest first. */
function merged(free: ReadonlySet<number>, pages: number, maxOrder: number): Block[] {
  const blocks: Block[] = [];
  for (let pfn = 0; pfn < pages; ) {
    if (!free.has(pfn)) {
      pfn++;
      continue;
    }
    let order = 0;
    while (order < maxOrder && pfn % (2 << order) === 0 && isFree(free, pfn, 2 << order)) order++;
    blocks.push({ pfn, order });
    pfn += 1 << order;
  }
  return blocks;
}

function isFree(free: ReadonlySet<number>, pfn: number, pages: number): boolean {
  for (let i = 0; i < pages; i++) if (!free.has(pfn + i)) return false;
  return true;
}

const operations = fc.array(fc.record({ free: fc.boolean(), order: fc.nat(3), nth: fc.nat(63) }), { maxLength: 120 });

describe.each([
  [8, SMALL],
  [13, SMALL],
  [63, SMALL],
  [100, MEDIUM],
] as const)("buddy lists of %i pages", (pages, geometry) => {
  test("hold after every split and merge the maximal aligned blocks of the free pages, and count them", () => {
    fc.assert(
      fc.property(operations, (list) => {
        const k = zone(pages, geometry);
        const free = new Set(Array.from({ length: pages }, (_, pfn) => pfn));
        const held: Block[] = [];
        for (const { free: give, order, nth } of list) {
          if (give && held.length > 0) {
            const [block] = held.splice(nth % held.length, 1);
            if (block === undefined) continue;
            freeOnePage(k, block.pfn, block.order);
            for (let i = 0; i < 1 << block.order; i++) free.add(block.pfn + i);
          } else {
            const pfn = rmqueueSmallest(k, 0, order, 0);
            if (pfn < 0) {
              expect(merged(free, pages, geometry.maxOrder).some((block) => block.order >= order)).toBe(false);
              continue;
            }
            expect(pfn % (1 << order)).toBe(0);
            expect(isFree(free, pfn, 1 << order)).toBe(true);
            for (let i = 0; i < 1 << order; i++) free.delete(pfn + i);
            held.push({ pfn, order });
          }
          expect(freeBlocks(k)).toEqual(merged(free, pages, geometry.maxOrder));
          expect(k.of(mmColumns).nrFree.get(0)).toBe(free.size);
        }
      }),
      { seed: 6, numRuns: 60 },
    );
  });

  test("serve a request from the smallest block that fits", () => {
    fc.assert(
      fc.property(operations, fc.nat(3), (list, order) => {
        const k = zone(pages, geometry);
        for (const { order: taken } of list.slice(0, 12)) rmqueueSmallest(k, 0, taken, 0);
        const before = freeBlocks(k).filter((block) => block.order >= order);
        const pfn = rmqueueSmallest(k, 0, order, 0);
        if (before.length === 0) {
          expect(pfn).toBe(-1);
          return;
        }
        const smallest = Math.min(...before.map((block) => block.order));
        expect(before.some((block) => block.pfn === pfn && block.order === smallest)).toBe(true);
      }),
      { seed: 7, numRuns: 100 },
    );
  });
});
