import { expect, test } from "vitest";

import { softwareFor } from "../../harness/scenario.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import { buddyList, freeOnePage, typeOfBlock } from "../../impl/mm/buddy.ts";
import { mmColumns } from "../../impl/mm/columns.ts";
import { rmqueue } from "../../impl/mm/rmqueue.ts";
import { MEDIUM } from "../../model/geometry.ts";
import type { Kernel } from "../../model/kernel.ts";
import { Machine } from "../../model/machine.ts";
import { wholeAllocator } from "../../model/zone.ts";
import { pairsFrom } from "../../properties/arbitraries/schedule.ts";

const PAGES = 128;
const TYPES = 3;

function zone(): Machine {
  const machine = new Machine(
    softwareFor(noAsi),
    {
      geometry: MEDIUM,
      cpus: 1,
      pages: PAGES,
      mms: 2,
      whole: wholeAllocator(PAGES),
      requests: [],
      translations: "may-hold",
      modes: false,
      irq: false,
      preempt: false,
    },
    [],
  );
  machine.boot([]);
  return machine;
}

/** Pages on all buddy lists; fails where a block is listed under another type than its pageblock's, or another order. */
function listedPages(k: Kernel): number {
  let pages = 0;
  for (let type = 0; type < TYPES; type++) {
    for (let order = 0; order <= MEDIUM.maxOrder; order++) {
      const list = buddyList(k, 0, order, type);
      for (let pfn = k.lists.first(list); pfn >= 0; pfn = k.lists.next(pfn)) {
        if (typeOfBlock(k, pfn) !== type)
          expect.fail(`pfn ${pfn} of type ${typeOfBlock(k, pfn)} is listed under ${type}`);
        expect(k.lists.order(pfn)).toBe(order);
        pages += 1 << order;
      }
    }
  }
  return pages;
}

function labels(k: Kernel): string {
  return Array.from({ length: k.world.blocks }, (_, block) => k.of(mmColumns).blockType.get(block)).join("");
}

test("a fallback to another type keeps every free block on the list of its pageblock's type, and every page", () => {
  let [relabelled, stolen, refused] = [0, 0, 0];
  for (let seed = 1; seed <= 20; seed++) {
    const machine = zone();
    const { k } = machine;
    const held: { pfn: number; order: number }[] = [];
    for (const word of pairsFrom(seed, 400)) {
      machine.clearStep();
      const before = labels(k);
      const [type, order] = [word % TYPES, (word >>> 4) % 3];
      const victim = (word >>> 8) % 8 < 3 ? held.splice((word >>> 12) % Math.max(held.length, 1), 1)[0] : undefined;
      if (victim !== undefined) freeOnePage(k, victim.pfn, victim.order);
      else {
        const free = k.of(mmColumns).nrFree.get(0);
        const pfn = rmqueue(k, 0, order, type);
        if (pfn >= 0) held.push({ pfn, order });
        // A single page can always be had while there is one, of whatever type.
        else if (order === 0) expect(free).toBe(0);
        relabelled += before === labels(k) ? 0 : 1;
        stolen += pfn >= 0 && typeOfBlock(k, pfn) !== type ? 1 : 0;
        refused += pfn < 0 ? 1 : 0;
      }
      const gone = held.reduce((sum, block) => sum + (1 << block.order), 0);
      expect(listedPages(k)).toBe(PAGES - gone);
      expect(k.of(mmColumns).nrFree.get(0)).toBe(PAGES - gone);
    }
  }
  expect({ relabelled, stolen, refused }).toEqual({ relabelled: 166, stolen: 659, refused: 836 });
});
