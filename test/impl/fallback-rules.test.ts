import { describe, expect, test } from "vitest";

import { ALLOC_KSWAPD, ALLOC_NOFRAGMENT } from "../../impl/mm/alloc-flags.ts";
import {
  buddyList,
  freeOnePage,
  listedTypeOf,
  rmqueueSmallest,
  setTypeOfBlock,
  typeOfBlock,
} from "../../impl/mm/buddy.ts";
import { zoneColumns, zoneLock } from "../../impl/mm/columns.ts";
import { boostWatermark, canStealFallback, findSuitableFallback } from "../../impl/mm/fallback.ts";
import { MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE } from "../../impl/mm/freetype.ts";
import { rmqueue } from "../../impl/mm/rmqueue.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import { USE_MOVABLE } from "../../model/ledger.ts";
import { structureFaults } from "./structure.ts";
import { ZonedMachine } from "./zoned-machine.ts";

const [U, M, R] = [MIGRATE_UNMOVABLE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE] as const;
const VERSIONS = ["6.1", "6.12"] as const;
/** Pages of a pageblock in these worlds. */
const BLOCK = 16;

interface Extfrag {
  readonly order: number;
  readonly from: number;
  readonly wanted: number;
  readonly other: number;
  readonly claimed: boolean;
}

/** A zone whose pageblocks are free only where the test frees them; calls run as under zone->lock. */
class Blocks {
  readonly m: ZonedMachine;
  readonly extfrag: Extfrag[] = [];
  readonly locked: string[] = [];

  constructor(kernel: KernelVersion, pages = 128) {
    this.m = new ZonedMachine({ kernel, pages, cpus: 1 });
    const { k } = this;
    k.lockIrqSave(zoneLock(0));
    for (let pfn = rmqueueSmallest(k, 0, 0, M); pfn >= 0; pfn = rmqueueSmallest(k, 0, 0, M)) k.ledger.reserve(pfn, 0);
    k.tracepoints = {
      extfrag: (_pfn, order, from, wanted, other, claimed) =>
        this.extfrag.push({ order, from, wanted, other, claimed }),
      zoneLocked: (pfn, order) => this.locked.push(`${pfn}:${order}`),
    };
  }

  get k() {
    return this.m.k;
  }

  label(block: number, type: number): void {
    setTypeOfBlock(this.k, block * BLOCK, type);
  }

  free(pfn: number, order: number): void {
    for (let at = pfn; at < pfn + (1 << order); at++) this.k.ledger.takeBack(at);
    freeOnePage(this.k, pfn, order);
  }

  take(order: number, type: number, flags = 0): number {
    return rmqueue(this.k, 0, order, type, flags);
  }

  /** Marks used pages of a pageblock as what can be migrated. */
  movable(from: number, pages: number): void {
    for (let pfn = from; pfn < from + pages; pfn++) this.k.ledger.setUse(pfn, USE_MOVABLE);
  }

  types(pages: readonly number[]): number[] {
    return pages.map((pfn) => typeOfBlock(this.k, pfn));
  }
}

describe.each(VERSIONS)("a fallback, %s", (kernel) => {
  test.each([
    ["unmovable", U, [R, M]],
    ["movable", M, [R, U]],
    ["reclaimable", R, [U, M]],
  ])("of a %s request prefers the kind most like its own", (_name, type, preference) => {
    const b = new Blocks(kernel);
    for (const other of [U, M, R].filter((one) => one !== type)) {
      b.label(other + 1, other);
      b.free((other + 1) * BLOCK, 3);
    }
    expect(findSuitableFallback(b.k, 0, 3, type, false)).toBe(preference[0]);
    rmqueueSmallest(b.k, 0, 3, preference[0] as number);
    expect(findSuitableFallback(b.k, 0, 3, type, false)).toBe(preference[1]);
    rmqueueSmallest(b.k, 0, 3, preference[1] as number);
    expect(findSuitableFallback(b.k, 0, 3, type, false)).toBe(-1);
  });

  test("takes the largest block there is, of whatever type", () => {
    const b = new Blocks(kernel);
    b.label(1, R);
    b.free(BLOCK, 1);
    b.free(3 * BLOCK, 3);
    expect(b.take(0, U)).toBe(3 * BLOCK);
    expect(b.extfrag).toEqual([{ order: 0, from: 3, wanted: U, other: M, claimed: true }]);
  });

  test("brings the pageblock's other pages along for unmovable and reclaimable requests, for movable ones from half its order up", () => {
    const { k } = new Blocks(kernel);
    const orders = [0, 1, 2, 3, 4];
    expect(orders.filter((order) => canStealFallback(k, order, U))).toEqual(orders);
    expect(orders.filter((order) => canStealFallback(k, order, R))).toEqual(orders);
    expect(orders.filter((order) => canStealFallback(k, order, M))).toEqual([2, 3, 4]);
  });

  test("with only_stealable finds nothing for movable requests below half of pageblock_order", () => {
    const b = new Blocks(kernel);
    b.label(1, U);
    b.free(BLOCK, 1);
    expect(findSuitableFallback(b.k, 0, 1, M, true)).toBe(-1);
    expect(findSuitableFallback(b.k, 0, 1, R, true)).toBe(U);
  });

  test("takes all of a block of at least pageblock_order, and labels it", () => {
    const b = new Blocks(kernel);
    b.free(2 * BLOCK, 5);
    const pfn = b.take(1, U);
    expect(b.types([2 * BLOCK, 3 * BLOCK])).toEqual([U, U]);
    expect(pfn).toBe(2 * BLOCK);
    expect(b.extfrag).toEqual([{ order: 1, from: 5, wanted: U, other: M, claimed: true }]);
    expect(structureFaults(b.m.machine)).toEqual([]);
  });

  test("claims a pageblock of which half is free, with all its free pages", () => {
    const b = new Blocks(kernel);
    b.free(2 * BLOCK, 2);
    b.free(2 * BLOCK + 8, 2);
    b.movable(2 * BLOCK + 4, 4);
    expect(b.take(0, U)).toBeGreaterThanOrEqual(2 * BLOCK);
    expect(b.types([2 * BLOCK])).toEqual([U]);
    expect(b.k.lists.first(buddyList(b.k, 0, 2, M))).toBe(-1);
    expect(b.extfrag[0]?.claimed).toBe(true);
  });

  test("leaves the label of a pageblock that is less than half free or alike", () => {
    const b = new Blocks(kernel);
    b.free(2 * BLOCK, 2);
    b.movable(2 * BLOCK + 4, 12);
    expect(b.take(0, U)).toBe(2 * BLOCK);
    expect(b.types([2 * BLOCK])).toEqual([M]);
    expect(b.extfrag).toEqual([{ order: 0, from: 2, wanted: U, other: M, claimed: false }]);
  });

  test("counts what cannot be moved as alike for a request that falls back to a movable pageblock", () => {
    const b = new Blocks(kernel);
    b.free(2 * BLOCK, 2);
    b.movable(2 * BLOCK + 4, 8);
    b.take(0, U);
    expect(b.types([2 * BLOCK])).toEqual([U]);
  });

  test("counts what can be moved as alike for a movable request", () => {
    const [few, many] = [3, 4].map((pages) => {
      const b = new Blocks(kernel);
      b.label(2, U);
      b.free(2 * BLOCK, 2);
      b.movable(2 * BLOCK + 4, pages);
      b.take(2, M);
      return b.types([2 * BLOCK])[0];
    });
    expect([few, many]).toEqual([U, M]);
  });

  test("counts nothing as alike between unmovable and reclaimable", () => {
    const b = new Blocks(kernel);
    b.label(2, R);
    b.free(2 * BLOCK, 2);
    b.take(0, U);
    expect(b.types([2 * BLOCK])).toEqual([R]);
  });

  test("of a movable request that can claim nothing takes the smallest block", () => {
    const b = new Blocks(kernel);
    b.label(2, U);
    b.free(2 * BLOCK, 1);
    b.free(2 * BLOCK + 8, 0);
    expect(b.take(0, M)).toBe(2 * BLOCK + 8);
    expect(b.extfrag).toEqual([{ order: 0, from: 0, wanted: M, other: U, claimed: false }]);
    expect(b.types([2 * BLOCK])).toEqual([U]);
  });

  test("under ALLOC_NOFRAGMENT takes whole pageblocks only", () => {
    const b = new Blocks(kernel);
    b.free(2 * BLOCK, 3);
    expect(b.take(0, U, ALLOC_NOFRAGMENT)).toBe(-1);
    b.free(4 * BLOCK, 4);
    expect(b.take(0, U, ALLOC_NOFRAGMENT)).toBe(4 * BLOCK);
  });

  test("does not move pages of a pageblock that reaches beyond the zone", () => {
    const zones = [
      { name: "DMA32", node: 0, startPfn: 0, spanned: 40, managed: 40 },
      { name: "Normal", node: 0, startPfn: 40, spanned: 88, managed: 88 },
    ] as const;
    const { k } = new ZonedMachine({ kernel, zones, pages: 128, cpus: 1 });
    k.lockIrqSave(zoneLock(0));
    for (let pfn = rmqueueSmallest(k, 0, 3, M); pfn >= 0 && pfn < 32; pfn = rmqueueSmallest(k, 0, 3, M));
    freeOnePage(k, 32, 3);
    rmqueue(k, 0, 0, U);
    expect(typeOfBlock(k, 32)).toBe(M);
    expect(k.lists.length(buddyList(k, 0, 2, M)) + k.lists.length(buddyList(k, 0, 2, U))).toBe(1);
  });
});

describe("a block stolen by itself", () => {
  const stolen = (kernel: KernelVersion): Blocks => {
    const b = new Blocks(kernel);
    b.free(2 * BLOCK, 2);
    b.movable(2 * BLOCK + 4, 12);
    b.take(0, U);
    return b;
  };

  test("leaves its rest on the list of its pageblock's type in 6.12", () => {
    const b = stolen("6.12");
    expect([b.k.lists.first(buddyList(b.k, 0, 1, M)), b.k.lists.first(buddyList(b.k, 0, 1, U))]).toEqual([34, -1]);
  });

  test("leaves its rest on the list of the request in 6.1, where the pageblock's free pages have gone though its label stays", () => {
    const b = stolen("6.1");
    expect([b.k.lists.first(buddyList(b.k, 0, 1, M)), b.k.lists.first(buddyList(b.k, 0, 1, U))]).toEqual([-1, 34]);
    expect([listedTypeOf(b.k, 34), typeOfBlock(b.k, 34)]).toEqual([U, M]);
  });

  test("shows as mm_page_alloc_zone_locked in 6.1, and in 6.12 as mm_page_alloc_extfrag alone", () => {
    expect([stolen("6.1").locked, stolen("6.12").locked]).toEqual([["32:0"], []]);
  });
});

describe("watermark boost", () => {
  test("is a pageblock for each fallback below pageblock_order, up to 1.5 times the high watermark", () => {
    const b = new Blocks("6.12");
    b.k.of(zoneColumns).wmarkHigh.set(0, 20);
    const boosts = [1, 2, 3].map(() => {
      boostWatermark(b.k, 0);
      return b.k.of(zoneColumns).boost.get(0);
    });
    expect(boosts).toEqual([16, 30, 30]);
  });

  test("is not given in a zone of less than four pageblocks", () => {
    const b = new Blocks("6.12", 63);
    expect(boostWatermark(b.k, 0)).toBe(false);
  });

  test.each(VERSIONS)(
    "marks the zone for kswapd if the request may wake it, and not for whole pageblocks (%s)",
    (kernel) => {
      const marks = [ALLOC_KSWAPD, 0].map((flags) => {
        const b = new Blocks(kernel);
        b.k.of(zoneColumns).wmarkHigh.set(0, 20);
        b.free(2 * BLOCK, 4);
        b.take(0, U, flags);
        const whole = [b.k.of(zoneColumns).boosted.get(0), b.k.of(zoneColumns).boost.get(0)];
        b.free(4 * BLOCK, 2);
        b.take(0, R, flags);
        b.take(3, R, flags);
        return [...whole, b.k.of(zoneColumns).boosted.get(0), b.k.of(zoneColumns).boost.get(0)];
      });
      expect(marks).toEqual([
        [0, 0, 1, 16],
        [0, 0, 0, 16],
      ]);
    },
  );
});
