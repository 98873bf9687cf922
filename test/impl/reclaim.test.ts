import { describe, expect, test } from "vitest";

import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import { pgdatColumns, SC_KSWAPD, scColumns } from "../../impl/mm/reclaim/columns.ts";
import { wakeupKswapd } from "../../impl/mm/reclaim/kswapd-wake.ts";
import {
  LRU_ACTIVE_FILE,
  LRU_INACTIVE_FILE,
  lruFlags,
  lruIsolated,
  lruSize,
  PG_DIRTY,
  PG_REFERENCED,
  PG_WRITEBACK,
} from "../../impl/mm/reclaim/lru.ts";
import { lruColumns } from "../../impl/mm/reclaim/lru-columns.ts";
import { getScanCount } from "../../impl/mm/reclaim/scan-count.ts";
import { SWAP_CLUSTER_MAX } from "../../impl/mm/reclaim/shrink-node.ts";
import { highWmark, zoneWatermarkOk } from "../../impl/mm/watermark.ts";
import { ZONE_DMA32, ZONE_NORMAL } from "../../impl/mm/zones.ts";
import { GFP } from "../../model/gfp.ts";
import { LEVEL_TASK } from "../../model/kernel.ts";
import { USE_ANON, USE_FILE } from "../../model/ledger.ts";
import { VM } from "../../model/vm-events.ts";
import type { Zone } from "../../model/zone.ts";
import { randomRun } from "./reclaim-random.ts";
import { ReclaimWorld } from "./reclaim-world.ts";

const SETTINGS = (["6.1", "6.12"] as const).flatMap((kernel) =>
  [noAsi, asyncFree].map((design) => ({ kernel, design, id: design.id })),
);

describe.each(SETTINGS)("$kernel, $id", ({ kernel, design }) => {
  test(`random calls on two CPUs break no claim of ${design.id} while pages are reclaimed and moved`, () => {
    const totals = new Map<string, number>();
    for (let seed = 1; seed <= 4; seed++) {
      const world = randomRun({ kernel, design, cpus: 2, pages: 192, swapPages: 24 }, seed, 20_000);
      expect(world.violations).toEqual([]);
      for (const name of [
        "pgsteal_file",
        "pgsteal_anon",
        "pgsteal_kswapd",
        "pgsteal_direct",
        "pgmigrate_success",
      ] as const)
        totals.set(name, (totals.get(name) ?? 0) + (world.k.events[VM[name]] as number));
    }
    for (const [, count] of totals) expect(count).toBeGreaterThan(10);
  });

  test("no step of reclaim or compaction reads or writes a column that it does not declare", () => {
    const undeclared = new Set<string>();
    for (const seed of [7, 8]) {
      const world = randomRun(
        { kernel, design, cpus: 2, pages: 192, swapPages: 24, recordTouches: true },
        seed,
        12_000,
      );
      for (const access of world.undeclared) undeclared.add(access);
    }
    expect([...undeclared].sort()).toEqual([]);
  });
});

test.each(SETTINGS)(
  "random calls over two nodes and a movable zone break no claim ($kernel, $id)",
  ({ kernel, design }) => {
    const layouts: readonly (readonly Zone[])[] = [
      [zone("DMA32", 0, 0, 64), zone("Normal", 0, 64, 96), zone("Normal", 1, 160, 96)],
      [zone("Normal", 0, 0, 160), zone("Movable", 0, 160, 96)],
    ];
    for (const zones of layouts) {
      const world = randomRun({ kernel, design, cpus: 3, pages: 256, swapPages: 24, zones }, 21, 12_000);
      expect(world.violations).toEqual([]);
      expect(world.k.events[VM.pgsteal_direct]).toBeGreaterThan(0);
    }
  },
);

test("an owner may free a page that a reclaimer has just isolated: the page is freed once", () => {
  const world = new ReclaimWorld({ cpus: 2 });
  world.fill(USE_FILE, 45);
  world.threads = false;
  while (world.k.of(lruColumns).isolatedFile.get(0) === 0) {
    if (world.k.depth(0, LEVEL_TASK) === 0) world.start("KERNEL", 0, 0);
    world.stepOnce();
  }
  const isolated = lruIsolated(world.k);
  world.machine.startFree(1, LEVEL_TASK, isolated);
  world.run();
  expect(world.k.ledger.order(isolated)).toBeLessThan(1);
  expect(world.k.of(lruColumns).isolatedFile.get(0)).toBe(0);
  expect(world.violations).toEqual([]);
});

test("kswapd brings the zone above its high watermark and sleeps", () => {
  const world = new ReclaimWorld({ pages: 2_048 });
  for (let i = 0; i < 2_600; i++) {
    const runs = world.k.events[VM.pageoutrun];
    world.allocUse(USE_FILE);
    if (world.k.events[VM.pageoutrun] === runs) continue;
    expect(world.freePages()).toBeGreaterThan(highWmark(world.k, 0));
    expect(world.k.of(pgdatColumns).kswapdWanted.get(0)).toBe(0);
  }
  expect(world.k.events[VM.pgsteal_kswapd]).toBeGreaterThan(200);
});

test("kswapd forgets an order that it could not make when its run ends, and sleeps if there are single pages", () => {
  const world = new ReclaimWorld();
  const held: number[] = [];
  for (let pfn = world.alloc("MEMALLOC"); pfn >= 0; pfn = world.alloc("MEMALLOC")) held.push(pfn);
  for (const pfn of held) if (pfn % 2 === 1) world.free(pfn);
  expect(zoneWatermarkOk(world.k, 0, 1, highWmark(world.k, 0), ZONE_NORMAL, 0)).toBe(false);
  world.run();
  const runs = world.k.events[VM.pageoutrun] as number;
  world.k.of(pgdatColumns).kswapdFailures.set(0, 0);
  wakeupKswapd(world.k, 0, GFP.KERNEL, 1, ZONE_NORMAL);
  world.run();
  expect(world.k.events[VM.pageoutrun]).toBe(runs + 1);
  expect(world.violations).toEqual([]);
});

test("a scan of a node goes on until it has yielded its share, whatever others have yielded before", () => {
  const world = new ReclaimWorld({ pages: 512 });
  world.threads = false;
  world.fill(USE_FILE, 200);
  const program = world.machine.software.programs.find(({ name }) => name === "shrink_node");
  if (program === undefined) throw new Error("no reclaim");
  const c = world.k.of(scColumns);
  c.gfp.set(0, GFP.KERNEL);
  c.reclaimIdx.set(0, ZONE_NORMAL);
  c.flags.set(0, SC_KSWAPD);
  c.toReclaim.set(0, 2 * SWAP_CLUSTER_MAX);
  c.reclaimed.set(0, 100);
  world.k.start(0, LEVEL_TASK, program, 0, 0, 0, 0);
  world.run();
  expect(c.reclaimed.get(0)).toBe(100 + 2 * SWAP_CLUSTER_MAX);
});

test("a scan for a low zone is measured by the pages in the zones that the request may use", () => {
  const zone = { node: 0, spanned: 256, managed: 256, watermarks: { min: 4, low: 6, high: 8 } };
  const zones: readonly Zone[] = [
    { ...zone, name: "DMA32", startPfn: 0 },
    { ...zone, name: "Normal", startPfn: 256 },
  ];
  const world = new ReclaimWorld({ zones, pages: 512 });
  world.fill(USE_FILE, 100);
  const c = world.k.of(scColumns);
  const scan = [ZONE_DMA32, ZONE_NORMAL].map((highest) => {
    c.reclaimIdx.set(0, highest);
    getScanCount(world.k, 0);
    return c.nrInactiveFile.get(0);
  });
  const { zoneInactiveFile } = world.k.of(lruColumns);
  expect(scan[0]).toBe(zoneInactiveFile.get(0));
  expect(scan[1]).toBe(zoneInactiveFile.get(0) + zoneInactiveFile.get(1));
  expect(zoneInactiveFile.get(1)).toBeGreaterThan(0);
});

test("a page of the page cache that was used twice is reclaimed after those that were used once", () => {
  const world = new ReclaimWorld();
  const held = world.fill(USE_FILE, 60);
  const hot = held.slice(0, 20);
  for (const pfn of hot) {
    world.call("folio_mark_accessed", pfn);
    expect(lruFlags(world.k, pfn) & PG_REFERENCED).not.toBe(0);
    world.call("folio_mark_accessed", pfn);
  }
  expect(lruSize(world.k, 0, LRU_ACTIVE_FILE)).toBe(20);
  for (let i = 0; i < 60; i++) world.alloc("KERNEL");
  expect(world.k.events[VM.pgsteal_file]).toBeGreaterThan(20);
  expect(hot.every((pfn) => world.k.ledger.order(pfn) === 0 && world.k.ledger.use(pfn) === USE_FILE)).toBe(true);
});

test("dirty page cache is never reclaimed before it is written: direct reclaim sleeps until it is", () => {
  const world = new ReclaimWorld();
  const held = world.fill(USE_FILE, 45);
  for (const pfn of held) world.call("folio_mark_dirty", pfn);
  world.threads = false;
  let last = 0;
  while (world.k.running(0) === 0 && last >= 0 && world.k.depth(0, 0) === 0) last = world.alloc("KERNEL");
  expect(world.k.events[VM.pgsteal_file]).toBe(0);
  expect(world.k.stepAt(0, 0).label).toBe("wait_for_writes");
  world.threads = true;
  world.run();
  expect(world.k.depth(0, 0)).toBe(0);
  expect(world.k.events[VM.pgsteal_file]).toBeGreaterThan(0);
  expect(world.violations).toEqual([]);
});

test("a page that is written to again while it is being written stays dirty and unsaved", () => {
  const world = new ReclaimWorld({ swapPages: 64 });
  const [pfn] = world.fill(USE_ANON, 200) as [number];
  world.machine.state.column("lru.flags").set(pfn, lruFlags(world.k, pfn) | PG_WRITEBACK);
  world.machine.state.column("lru.writeback").set(0, 1);
  world.call("folio_mark_dirty", pfn);
  world.call("end_writeback", pfn);
  expect(lruFlags(world.k, pfn) & PG_WRITEBACK).toBe(0);
  expect(lruFlags(world.k, pfn) & PG_DIRTY).toBe(PG_DIRTY);
  expect(world.k.ledger.isUnsaved(pfn)).toBe(true);
});

test("pinned pages are never reclaimed, though nothing else is left", () => {
  const world = new ReclaimWorld({ swapPages: 64 });
  const held = [...world.fill(USE_FILE, 120), ...world.fill(USE_ANON, 60)];
  for (const pfn of held) world.k.ledger.setPinned(pfn, true);
  while (world.alloc("KERNEL") >= 0);
  expect(held.every((pfn) => world.k.ledger.isPinned(pfn))).toBe(true);
  expect(world.k.events[VM.pgsteal_direct]).toBe(0);
  expect(world.violations).toEqual([]);
});

test("locked pages (mlock) stay off the lists that are scanned", () => {
  const world = new ReclaimWorld();
  const held = world.fill(USE_FILE, 60);
  for (const pfn of held) world.call("mlock_folio", pfn);
  expect(lruSize(world.k, 0, LRU_INACTIVE_FILE)).toBe(0);
  while (world.alloc("KERNEL") >= 0);
  expect(world.k.events[VM.pgscan_direct]).toBe(0);
  for (const pfn of held) world.call("munlock_folio", pfn);
  expect(world.alloc("KERNEL")).toBeGreaterThanOrEqual(0);
  expect(world.violations).toEqual([]);
});

test("a page waits in its CPU's batch until the batch is full, and may be freed there", () => {
  const world = new ReclaimWorld();
  const first = world.allocUse(USE_FILE);
  expect(lruSize(world.k, 0, LRU_INACTIVE_FILE)).toBe(0);
  world.free(first);
  const pages = [0, 1, 2, 3].map(() => world.allocUse(USE_FILE));
  expect(lruSize(world.k, 0, LRU_INACTIVE_FILE)).toBe(4);
  for (const pfn of pages) world.free(pfn);
  expect(lruSize(world.k, 0, LRU_INACTIVE_FILE)).toBe(0);
  expect(world.violations).toEqual([]);
});

function zone(name: Zone["name"], node: number, startPfn: number, spanned: number): Zone {
  return { name, node, startPfn, spanned, managed: spanned };
}
