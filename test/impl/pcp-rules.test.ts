import { describe, expect, test } from "vitest";

import { typeOfBlock } from "../../impl/mm/buddy.ts";
import { mmColumns, pcpColumns, pcpLock, zoneColumns, zoneLock } from "../../impl/mm/columns.ts";
import {
  MIGRATE_HIGHATOMIC,
  MIGRATE_ISOLATE,
  MIGRATE_MOVABLE,
  MIGRATE_RECLAIMABLE,
  MIGRATE_UNMOVABLE,
} from "../../impl/mm/freetype.ts";
import { moveFreepagesBlock } from "../../impl/mm/move-freepages.ts";
import { decayPcpHigh, nrPcpAlloc, nrPcpToFree } from "../../impl/mm/pcp-sizing.ts";
import { pcpIndex, pcpList } from "../../impl/mm/pcplist.ts";
import { X86_64 } from "../../model/geometry.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import type { Kernel } from "../../model/kernel.ts";
import { singleZone, type Zone } from "../../model/zone.ts";
import { ZonedMachine } from "./zoned-machine.ts";

const VERSIONS = ["6.1", "6.12"] as const;
const [U, M, R] = [MIGRATE_UNMOVABLE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE] as const;

function boot(kernel: KernelVersion, batch = 4, high = 16): ZonedMachine {
  const zone: Zone = {
    name: "Normal",
    node: 0,
    startPfn: 0,
    spanned: 2048,
    managed: 2048,
    watermarks: { min: 8, low: 16, high: 24 },
    pcp: { batch, high },
  };
  return new ZonedMachine({ kernel, pages: 2048, zones: [zone], cpus: 2 });
}

/** The lists' cells, for one CPU of one zone. */
function cells(k: Kernel): Record<string, { get(row: number): number; set(row: number, value: number): void }> {
  return { ...k.of(pcpColumns), count: k.of(mmColumns).pcpCount, belowHigh: k.of(zoneColumns).belowHigh };
}

function setup(kernel: KernelVersion, values: Record<string, number>): Kernel {
  const { k } = boot(kernel);
  const c = cells(k);
  for (const [name, value] of Object.entries(values)) c[name]?.set(0, value);
  return k;
}

const length = (k: Kernel, type: number, order: number): number => k.lists.length(pcpList(k, 0, 0, type, order));

describe("a refill", () => {
  test("of 6.1 asks for a batch of pages in blocks of the order, two at least", () => {
    const { k } = boot("6.1", 31, 375);
    expect([0, 1, 2, 3].map((order) => nrPcpAlloc(k, 0, 0, order))).toEqual([31, 15, 7, 3]);
    expect(nrPcpAlloc(boot("6.1", 4).k, 0, 0, 2)).toBe(2);
    expect(nrPcpAlloc(boot("6.1", 1).k, 0, 0, 0)).toBe(1);
  });

  test("of 6.12 doubles with each order-0 refill in a row, five times, as far as the limit has room", () => {
    const k = setup("6.12", { batch: 4, highMin: 16, highMax: 1000, high: 16 });
    expect([0, 0, 0, 0, 0, 0, 0].map(() => nrPcpAlloc(k, 0, 0, 0))).toEqual([4, 8, 16, 32, 64, 128, 128]);
    expect(cells(k).allocFactor?.get(0)).toBe(5);
    expect(cells(k).high?.get(0)).toBe(16 + 4 + 8 + 16 + 32 + 64 + 128 + 128);
  });

  test("of 6.12 stays at a batch for high orders, and leaves the factor", () => {
    const k = setup("6.12", { batch: 8, highMin: 32, highMax: 1000, high: 32, allocFactor: 3 });
    expect([nrPcpAlloc(k, 0, 0, 1), cells(k).allocFactor?.get(0), cells(k).high?.get(0)]).toEqual([4, 3, 40]);
  });

  test("of 6.12 does not let the limit grow while the zone is below its high watermark", () => {
    const k = setup("6.12", { batch: 4, highMin: 16, highMax: 1000, high: 16, belowHigh: 1 });
    expect([nrPcpAlloc(k, 0, 0, 0), cells(k).high?.get(0)]).toEqual([4, 16]);
    expect([nrPcpAlloc(k, 0, 0, 0), nrPcpAlloc(k, 0, 0, 0)]).toEqual([8, 12]);
  });

  test("of 6.12 is one page for lists that hold less than a batch", () => {
    const k = setup("6.12", { batch: 4, highMin: 0, highMax: 0, high: 0 });
    expect(nrPcpAlloc(k, 0, 0, 0)).toBe(1);
  });

  test.each(VERSIONS)("appends blocks in the order in which they lie in memory (%s)", (kernel) => {
    const m = boot(kernel);
    const first = m.alloc("movable");
    const pages: number[] = [];
    for (let pfn = m.k.lists.first(pcpList(m.k, 0, 0, M, 0)); pfn >= 0; pfn = m.k.lists.next(pfn)) pages.push(pfn);
    expect([first, ...pages]).toEqual([0, 1, 2, 3]);
  });
});

describe("a free to lists that are full", () => {
  test("of 6.1 returns a batch, then doubles it with each return in a row; an allocation halves the factor", () => {
    const k = setup("6.1", { batch: 4, high: 100, count: 100 });
    expect([0, 0, 0, 0, 0, 0].map(() => nrPcpToFree(k, 0, 0, 0))).toEqual([4, 8, 16, 32, 64, 96]);
    const m = boot("6.1");
    m.k.of(pcpColumns).freeFactor.set(0, 5);
    m.alloc("kernel");
    expect(m.k.of(pcpColumns).freeFactor.get(0)).toBe(2);
  });

  test("of 6.1 leaves a batch on the lists, and returns everything on a high-order free in a row", () => {
    expect(nrPcpToFree(setup("6.1", { batch: 4, high: 16, count: 16, freeFactor: 5 }), 0, 0, 0)).toBe(12);
    expect(nrPcpToFree(setup("6.1", { batch: 4, high: 16, count: 9, freeFactor: 1 }), 0, 0, 1)).toBe(9);
    expect(nrPcpToFree(setup("6.1", { batch: 4, high: 16, count: 9, freeFactor: 0 }), 0, 0, 1)).toBe(0);
    expect(nrPcpToFree(setup("6.1", { batch: 4, high: 16, count: 16, freeFactor: 1 }), 0, 0, 4)).toBe(8);
  });

  test("of 6.12 returns as many as were freed in a row, at least a batch; an allocation halves the count", () => {
    const k = setup("6.12", { batch: 4, highMin: 100, highMax: 100, high: 100, count: 100, freeCount: 0 });
    expect(nrPcpToFree(k, 0, 0, 0)).toBe(4);
    cells(k).freeCount?.set(0, 40);
    expect(nrPcpToFree(k, 0, 0, 0)).toBe(41);
    cells(k).freeCount?.set(0, 127);
    expect(nrPcpToFree(k, 0, 0, 0)).toBe(96);
    const m = boot("6.12");
    m.k.of(pcpColumns).freeCount.set(0, 9);
    m.alloc("kernel");
    expect(m.k.of(pcpColumns).freeCount.get(0)).toBe(4);
  });

  test("of 6.12 halves the factor by which refills double", () => {
    const k = setup("6.12", { batch: 4, highMin: 100, highMax: 100, high: 100, allocFactor: 5 });
    nrPcpToFree(k, 0, 0, 0);
    expect(cells(k).allocFactor?.get(0)).toBe(2);
  });

  test("of 6.12 returns up to 32 batches on the second high-order free in a row, once a batch was freed", () => {
    const full = { batch: 4, highMin: 16, highMax: 600, high: 600, count: 300, freeCount: 8 };
    const first = setup("6.12", full);
    expect(nrPcpToFree(first, 0, 0, 1)).toBe(0);
    expect(nrPcpToFree(first, 0, 0, 1)).toBe(128);
    expect(cells(first).high?.get(0)).toBe(600 - 128);
    const broken = setup("6.12", full);
    expect([1, 0, 1].map((order) => nrPcpToFree(broken, 0, 0, order))).toEqual([0, 0, 0]);
    expect(nrPcpToFree(setup("6.12", { ...full, flags: 3, freeCount: 3 }), 0, 0, 1)).toBe(0);
    // PCPF_FREE_HIGH_BATCH: with a cache of some size the lists keep a batch.
    expect(nrPcpToFree(setup("6.12", { ...full, flags: 3, count: 3 }), 0, 0, 1)).toBe(0);
    expect(nrPcpToFree(setup("6.12", { ...full, flags: 1, count: 3 }), 0, 0, 1)).toBe(3);
  });

  test("of 6.12 shortens the lists while the zone is below its high watermark", () => {
    const k = setup("6.12", { batch: 4, highMin: 16, highMax: 600, high: 200, count: 50, belowHigh: 1, freeCount: 30 });
    expect([nrPcpToFree(k, 0, 0, 0), cells(k).high?.get(0)]).toEqual([31, 169]);
  });

  test("of 6.12 lets lists grow that were filled by frees in a row", () => {
    const k = setup("6.12", { batch: 4, highMin: 16, highMax: 600, high: 20, count: 20, freeCount: 30 });
    nrPcpToFree(k, 0, 0, 0);
    expect(cells(k).high?.get(0)).toBe(35);
  });

  test.each(VERSIONS)("keeps four batches while kswapd is at work (%s)", (kernel) => {
    const k = setup(kernel, { batch: 4, highMin: 16, highMax: 600, high: 600, count: 16 });
    k.of(zoneColumns).reclaimActive.set(0, 1);
    expect(nrPcpToFree(k, 0, 0, 0)).toBe(4);
  });

  test("the periodic update of 6.12 lets the limit sink by an eighth, to no less than its minimum", () => {
    const k = setup("6.12", { batch: 4, highMin: 16, highMax: 600, high: 200, count: 10 });
    expect([decayPcpHigh(k, 0, 0), cells(k).high?.get(0)]).toEqual([0, 175]);
    cells(k).count?.set(0, 170);
    expect([decayPcpHigh(k, 0, 0), cells(k).high?.get(0)]).toEqual([16, 154]);
  });
});

describe.each(VERSIONS)("free_pcppages_bulk, %s", (kernel) => {
  test("begins with the list of the freed page, empties list after list, each from its end", () => {
    const m = boot(kernel, 4, 12);
    if (kernel === "6.12") m.k.of(pcpColumns).highMax.set(0, 12);
    const drained: string[] = [];
    const names: (readonly ["kernel" | "movable", number])[] = [
      ["kernel", 0],
      ["movable", 0],
    ];
    const held = names.flatMap(([name]) => Array.from({ length: 8 }, () => ({ name, pfn: m.alloc(name) })));
    m.call("drain_all_pages");
    m.k.tracepoints = { pcpuDrain: (pfn, _order, type) => drained.push(`${type}:${pfn}`) };
    for (const { pfn } of held.filter(({ name }) => name === "kernel").slice(0, 5)) m.free(pfn);
    const movable = held.filter(({ name }) => name === "movable").map(({ pfn }) => pfn);
    for (const pfn of movable.slice(0, 7)) m.free(pfn);
    expect(drained.length).toBeGreaterThanOrEqual(4);
    expect(drained.slice(0, 4)).toEqual(movable.slice(0, 4).map((pfn) => `${M}:${pfn}`));
  });

  test("a drain begins with the unmovable pages of order 0", () => {
    const m = boot(kernel);
    const types: number[] = [];
    for (const name of ["reclaimable", "movable", "kernel"] as const) m.alloc(name);
    m.k.tracepoints = { pcpuDrain: (_pfn, _order, type) => types.push(type) };
    m.call("drain_all_pages");
    expect(types.filter((type, at) => type !== types[at - 1])).toEqual([U, M, R]);
    expect(m.k.of(mmColumns).pcpCount.get(0)).toBe(0);
  });
});

describe.each(VERSIONS)("the per-CPU lists, %s", (kernel) => {
  test("are three per order up to the costly one, and two for huge pages", () => {
    const { k } = new ZonedMachine({ kernel, pages: 2048, geometry: X86_64 });
    expect([U, M, R].map((type) => pcpIndex(k, type, 0))).toEqual([0, 1, 2]);
    expect([U, M, R].map((type) => pcpIndex(k, type, 3))).toEqual([9, 10, 11]);
    expect([U, M, R].map((type) => pcpIndex(k, type, 9))).toEqual([12, 13, 12]);
  });

  test("a locked list sends an allocation and a free to the buddy lists", () => {
    const m = boot(kernel);
    const other = m.alloc("kernel");
    const before = m.k.of(mmColumns).pcpCount.get(0);
    m.k.cpu = 1;
    m.k.tryLock(pcpLock(m.k, 0, 0));
    const free = m.nrFree();
    const pfn = m.alloc("kernel");
    m.free(other);
    expect(pfn).toBeGreaterThanOrEqual(0);
    expect([m.nrFree(), m.k.of(mmColumns).pcpCount.get(0)]).toEqual([free, before]);
  });

  test("pages of a reserved pageblock count as movable on them", () => {
    const m = boot(kernel);
    const pfn = m.alloc("kernel");
    m.k.of(mmColumns).blockType.set(pfn >> 4, MIGRATE_HIGHATOMIC);
    const before = length(m.k, M, 0);
    m.free(pfn);
    expect([length(m.k, M, 0), m.k.lists.first(pcpList(m.k, 0, 0, M, 0))]).toEqual([before + 1, pfn]);
  });

  test("pages of an isolated pageblock go past them to the isolated lists", () => {
    const m = boot(kernel);
    const pfn = m.alloc("kernel");
    m.k.of(mmColumns).blockType.set(pfn >> 4, MIGRATE_ISOLATE);
    m.k.of(zoneColumns).nrIsolateBlocks.set(0, 1);
    const count = m.k.of(mmColumns).pcpCount.get(0);
    m.free(pfn);
    expect(m.k.of(mmColumns).pcpCount.get(0)).toBe(count);
    expect(m.k.lists.placeOf(pfn)).toBe(2 + m.machine.world.lists.kinds.findIndex(({ name }) => name === "isolate"));
  });

  test("orders between the costly one and the huge page's go past them", () => {
    const zone: Zone = { ...singleZone(8192), pcp: { batch: 31, high: 2048 } };
    const m = new ZonedMachine({ kernel, pages: 8192, zones: [zone], geometry: X86_64 });
    m.k.of(pcpColumns).highMax.set(0, 2048);
    const pfn = m.alloc("kernel", 5);
    m.free(pfn);
    expect(m.k.of(mmColumns).pcpCount.get(0)).toBe(0);
    m.free(m.alloc("movable", 9));
    expect(m.k.of(mmColumns).pcpCount.get(0)).toBeGreaterThan(0);
  });

  test("drain_zone leaves other zones' lists alone, drain_all_pages none", () => {
    const zones: Zone[] = (["DMA32", "Normal"] as const).map((name, at) => ({
      name,
      node: 0,
      startPfn: at * 512,
      spanned: 512,
      managed: 512,
      pcp: { batch: 4, high: 16 },
    }));
    const m = new ZonedMachine({ kernel, pages: 1024, zones, cpus: 2 });
    m.alloc("dma32", 0, 0);
    m.alloc("kernel", 0, 1);
    const { pcpCount } = m.k.of(mmColumns);
    const counts = (): number[] => [pcpCount.get(0), pcpCount.get(3)];
    const before = counts();
    m.call("drain_zone", 0, 0);
    const after = counts();
    m.call("drain_all_pages");
    expect([before, after, counts()]).toEqual([
      [3, 3],
      [0, 3],
      [0, 0],
    ]);
  });
});

test("6.1 returns a page under the type it had when it was freed, 6.12 under its pageblock's of now", () => {
  const types = VERSIONS.map((kernel) => {
    const m = boot(kernel);
    const pfn = m.alloc("kernel");
    m.free(pfn);
    const before = typeOfBlock(m.k, pfn);
    m.k.lockIrqSave(zoneLock(0));
    moveFreepagesBlock(m.k, 0, pfn, U, R);
    m.k.of(mmColumns).blockType.set(pfn >> 4, R);
    m.k.unlockIrqRestore(zoneLock(0));
    const seen: number[] = [];
    m.k.tracepoints = { pcpuDrain: (at, _order, type) => (at === pfn ? seen.push(type) : undefined) };
    m.call("drain_all_pages");
    return [before, ...seen];
  });
  expect(types).toEqual([
    [U, U],
    [U, R],
  ]);
});
