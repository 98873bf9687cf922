import { describe, expect, test } from "vitest";

import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import { acColumns, mmColumns, zoneCpu } from "../../impl/mm/columns.ts";
import {
  CC_DIRECT,
  COMPACT_PRIO_ASYNC,
  COMPACT_PRIO_SYNC_FULL,
  COMPACT_PRIO_SYNC_LIGHT,
  ccColumns,
  compactColumns,
  MIGRATE_ASYNC,
} from "../../impl/mm/compaction/columns.ts";
import { compactionDeferReset, compactionDeferred, deferCompaction } from "../../impl/mm/compaction/defer.ts";
import { isolateMigratepages } from "../../impl/mm/compaction/migrate-scanner.ts";
import { freetypeOf, MIGRATE_MOVABLE } from "../../impl/mm/freetype.ts";
import { pgdatColumns } from "../../impl/mm/reclaim/columns.ts";
import { wakeupKcompactd } from "../../impl/mm/reclaim/kswapd-wake.ts";
import { ZONE_DMA32, ZONE_NORMAL } from "../../impl/mm/zones.ts";
import { X86_64 } from "../../model/geometry.ts";
import { GFP } from "../../model/gfp.ts";
import { LEVEL_TASK, LEVEL_WORKER } from "../../model/kernel.ts";
import { USE_ANON, USE_KERNEL, USE_MOVABLE } from "../../model/ledger.ts";
import { VM } from "../../model/vm-events.ts";
import type { Zone } from "../../model/zone.ts";
import { ReclaimWorld, type WorldOptions } from "./reclaim-world.ts";

const ZONE = { node: 0, spanned: 256, managed: 256, watermarks: { min: 4, low: 6, high: 8 } } as const;
const TWO_ZONES: readonly Zone[] = [
  { ...ZONE, name: "DMA32", startPfn: 0 },
  { ...ZONE, name: "Normal", startPfn: 256 },
];

/** Movable pages everywhere, each secret to one of two owners, and every second of them freed: much is free, in single pages. */
function scattered(options: WorldOptions = {}, use = USE_ANON): { world: ReclaimWorld; held: number[] } {
  const world = new ReclaimWorld({ cpus: 2, ...options });
  const held: number[] = [];
  for (let i = 0; i < world.machine.world.pages; i++) {
    const pfn = world.alloc("USER_MEMALLOC", 0, i % 2);
    if (pfn < 0) break;
    world.adopt(pfn, use);
    held.push(pfn);
  }
  world.call("lru_add_drain_all");
  const kept = held.filter((pfn) => pfn % 2 === 0);
  for (const pfn of held) if (pfn % 2 !== 0) world.free(pfn);
  return { world, held: kept };
}

/** How many owned pages hold each content. */
function contents(world: ReclaimWorld): string {
  const tag = world.machine.state.column("hw.tag");
  const counts = new Map<number, number>();
  for (let pfn = 0; pfn < world.machine.world.pages; pfn++) {
    if (world.k.ledger.order(pfn) < 0) continue;
    counts.set(tag.get(pfn), (counts.get(tag.get(pfn)) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a - b).join(" ");
}

const SETTINGS = (["6.1", "6.12"] as const).flatMap((kernel) =>
  [noAsi, asyncFree].map((design) => ({ kernel, design, id: design.id })),
);

describe.each(SETTINGS)("$kernel, $id", ({ kernel, design }) => {
  test.each([USE_ANON, USE_MOVABLE])(
    "compact_memory gathers scattered pages (use %i) into one end and changes no content",
    (use) => {
      const { world } = scattered({ kernel, design }, use);
      const before = contents(world);
      world.call("compact_memory");
      world.run();
      expect(world.k.events[VM.pgmigrate_success]).toBeGreaterThan(20);
      expect(contents(world)).toBe(before);
      expect(world.violations).toEqual([]);
    },
  );

  test("a request for a block gets one made out of scattered pages", () => {
    const { world } = scattered({ kernel, design });
    world.threads = false;
    const before = contents(world);
    const migrated = world.k.events[VM.pgmigrate_success];
    const block = world.alloc("MOVABLE", 4);
    expect(block).toBeGreaterThanOrEqual(0);
    expect(world.k.events[VM.pgmigrate_success]).toBeGreaterThan(migrated as number);
    world.machine.startFree(0, LEVEL_TASK, block);
    world.run();
    expect(contents(world)).toBe(before);
    expect(world.violations).toEqual([]);
  });
});

test("the block that a compaction makes is caught for the compactor before it reaches the free lists", () => {
  const { world } = scattered();
  world.threads = false;
  world.visited.length = 0;
  expect(world.alloc("MOVABLE", 4)).toBeGreaterThanOrEqual(0);
  const from = world.visited.indexOf("compact_first_done");
  expect(world.visited.slice(from)).toEqual(["compact_first_done", "prep_new_page"]);
  expect(world.k.events[VM.compact_success]).toBe(1);
});

test("kernel memory and pinned pages are never moved", () => {
  for (const pinned of [true, false]) {
    const { world, held } = scattered({}, pinned ? USE_ANON : USE_KERNEL);
    if (pinned) for (const pfn of held) world.k.ledger.setPinned(pfn, true);
    world.call("compact_memory");
    expect(world.k.events[VM.pgmigrate_success]).toBe(0);
    expect(held.every((pfn) => world.k.ledger.order(pfn) === 0)).toBe(true);
    expect(world.violations).toEqual([]);
  }
});

test("only the most urgent compaction moves pages into pageblocks of another type", () => {
  for (const [priority, moves] of [
    [COMPACT_PRIO_SYNC_LIGHT, false],
    [COMPACT_PRIO_SYNC_FULL, true],
  ] as const) {
    const world = new ReclaimWorld({ pages: 512 });
    world.fill(USE_ANON, 360);
    const kernel: number[] = [];
    drain(world);
    for (let pfn = world.alloc("MEMALLOC"); pfn >= 0; pfn = world.alloc("MEMALLOC")) kernel.push(pfn);
    // Free pages only where kernel memory is, and none of them two in a row.
    for (const pfn of kernel) if (pfn % 2 === 1) world.free(pfn);
    drain(world);
    compact(world, 4, priority);
    expect((world.k.events[VM.pgmigrate_success] as number) > 0).toBe(moves);
    expect(world.violations).toEqual([]);
  }
});

test("compaction that fails is put off for 1, 2, 4 … 64 attempts at its order and above", () => {
  const { k } = new ReclaimWorld();
  const waits: number[] = [];
  for (let failures = 0; failures < 8; failures++) {
    deferCompaction(k, 0, 3);
    let attempts = 1;
    while (compactionDeferred(k, 0, 3)) attempts++;
    waits.push(attempts);
  }
  expect(waits).toEqual([2, 4, 8, 16, 32, 64, 64, 64]);
  expect(compactionDeferred(k, 0, 2)).toBe(false);
  compactionDeferReset(k, 0, 3, true);
  expect(k.of(compactColumns).orderFailed.get(0)).toBe(4);
  expect(compactionDeferred(k, 0, 3)).toBe(false);
});

test("kcompactd makes a block for an atomic request that could not wait", () => {
  const { world } = scattered();
  expect(world.alloc("ATOMIC", 4)).toBe(-1);
  expect(world.k.events[VM.compact_daemon_wake]).toBeGreaterThan(0);
  expect(world.alloc("ATOMIC", 4)).toBeGreaterThanOrEqual(0);
  expect(world.violations).toEqual([]);
});

test("kcompactd, in vain, drains the per-CPU lists of the zone it has compacted and of no other", () => {
  const { world, held } = scattered({ zones: TWO_ZONES, pages: 512 });
  for (const pfn of held) world.k.ledger.setPinned(pfn, true);
  const cached = () => [0, 1].map((at) => world.k.of(mmColumns).pcpCount.get(zoneCpu(world.k, at, 0)) > 0);
  const inDma32 = held.filter((pfn) => pfn < 256);
  for (const pfn of inDma32) world.free(pfn);
  world.free(held.find((pfn) => pfn > 256) as number);
  expect(cached()).toEqual([true, true]);
  wakeupKcompactd(world.k, 0, 4, ZONE_NORMAL);
  world.run();
  expect(world.k.events[VM.compact_daemon_wake]).toBe(1);
  expect(cached()).toEqual([true, false]);
  expect(world.violations).toEqual([]);
});

test("kcompactd remembers a tighter limit that was asked for while it worked", () => {
  const { world } = scattered();
  const { kcompactdHighest } = world.k.of(pgdatColumns);
  world.executed.clear();
  wakeupKcompactd(world.k, 0, 4, ZONE_NORMAL);
  while (!world.executed.has("kcompactd/wake")) expect(world.stepOnce()).toBe(true);
  wakeupKcompactd(world.k, 0, 1, ZONE_DMA32);
  world.k.of(pgdatColumns).kcompactdWanted.set(0, 0);
  while (world.k.depth(0, LEVEL_WORKER) > 0) world.stepOnce();
  expect(kcompactdHighest.get(0)).toBe(ZONE_DMA32 + 1);
});

test("compaction of a zone drains the CPU's lists of that zone and of no other", () => {
  const { world } = scattered({ zones: TWO_ZONES, pages: 512 });
  const inNormal = () => world.k.of(mmColumns).pcpCount.get(zoneCpu(world.k, 1, 0));
  const before = inNormal();
  expect(before).toBeGreaterThan(0);
  world.executed.clear();
  compact(world, 4, COMPACT_PRIO_SYNC_LIGHT, ZONE_DMA32);
  expect(world.executed).toContain("drain_pages/drain");
  expect(inNormal()).toBe(before);
});

test("an asynchronous scan moves what a block of the order wanted has yielded before it looks at the next", () => {
  const world = new ReclaimWorld({ pages: 2048, geometry: X86_64 });
  for (let i = 0; i < 64; i++) world.alloc("KERNEL");
  for (let pfn = 24; pfn < 32; pfn++) world.adopt(pfn, USE_ANON);
  world.call("lru_add_drain_all");
  expect(world.k.ledger.use(32)).toBe(USE_KERNEL);
  const cc = world.k.of(ccColumns);
  world.k.cpu = 0;
  world.k.level = LEVEL_TASK;
  cc.order.set(0, 3 + 1);
  cc.gfp.set(0, GFP.KERNEL);
  cc.mode.set(0, MIGRATE_ASYNC);
  cc.flags.set(0, CC_DIRECT);
  cc.migratePfn.set(0, 1);
  cc.freePfn.set(0, 2048 - 512 + 1);
  const scan = { fromStart: true, skipSeen: false };
  while (isolateMigratepages(world.k, scan) === "more");
  expect([cc.held.get(0), cc.migratePfn.get(0)]).toEqual([8, 32 + 1]);
});

test.each([
  ["6.1", "check_drain", 16],
  ["6.12", "isolate_migratepages", 2],
] as const)("%s: where a page stays, an asynchronous compaction goes on at %s, from pfn %i", (kernel, label, pfn) => {
  const { world, held } = scattered({ kernel });
  for (const page of held) world.k.ledger.setPinned(page, true);
  world.threads = false;
  compact(world, 4, COMPACT_PRIO_ASYNC, ZONE_NORMAL, () => world.k.of(ccColumns).failed.get(0) === 1);
  const at = (): string => world.k.stepAt(0, LEVEL_TASK).label;
  while (at() !== "migrated") world.stepOnce();
  world.k.of(ccColumns).migratePfn.set(0, 2 + 1);
  world.stepOnce();
  expect([at(), world.k.of(ccColumns).migratePfn.get(0) - 1]).toEqual([label, pfn]);
});

/** Empties the per-CPU lists. */
function drain(world: ReclaimWorld): void {
  world.k.start(0, LEVEL_TASK, world.machine.software.drain, 0, 0, 0, 1);
  world.run();
}

/** Runs direct compaction for a movable request by itself, to its end or until somebody says so. */
function compact(
  world: ReclaimWorld,
  order: number,
  priority: number,
  highest = ZONE_NORMAL,
  until: () => boolean = () => false,
): void {
  const program = world.machine.software.programs.find(({ name }) => name === "try_to_compact_pages");
  if (program === undefined) throw new Error("no compaction");
  const ac = world.k.of(acColumns);
  ac.gfp.set(0, GFP.HIGHUSER_MOVABLE);
  ac.highestZone.set(0, highest);
  ac.freetype.set(0, freetypeOf(world.k, MIGRATE_MOVABLE));
  world.threads = false;
  world.k.start(0, LEVEL_TASK, program, 0, 0, order, priority);
  while (!until() && world.stepOnce());
}
