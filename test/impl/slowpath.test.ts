import { describe, expect, test } from "vitest";

import { acColumns } from "../../impl/mm/columns.ts";
import { MAX_RECLAIM_RETRIES } from "../../impl/mm/reclaim/limits.ts";
import { LRU_INACTIVE_FILE, lruSize } from "../../impl/mm/reclaim/lru.ts";
import { shouldReclaimRetry } from "../../impl/mm/slowpath/retry.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import { LEVEL_HARDIRQ } from "../../model/kernel.ts";
import { USE_ANON, USE_FILE } from "../../model/ledger.ts";
import { VM } from "../../model/vm-events.ts";
import { type Ask, ReclaimWorld, type WorldOptions } from "./reclaim-world.ts";

/** The stages that tell one request from another, shortened. */
const STAGES: Readonly<Record<string, string>> = {
  slow_begin: "adjust",
  compact_first: "compact!",
  retry: "retry",
  direct_reclaim: "reclaim",
  compact: "compact",
  should_reclaim_retry: "again?",
  may_oom: "oom?",
  oom: "oom",
  nopage: "nopage",
};

function stagesOf(world: ReclaimWorld, ask: Ask, order: number): string {
  world.visited.length = 0;
  world.alloc(ask, order);
  return world.visited
    .map((label) => STAGES[label])
    .filter((stage) => stage !== undefined)
    .join(" ");
}

/** Kernel memory everywhere: nothing can be reclaimed or moved, down to what only reserves give. */
function exhausted(options: WorldOptions = {}): ReclaimWorld {
  const world = new ReclaimWorld(options);
  for (const ask of ["KERNEL", "ATOMIC", "MEMALLOC"] as const) while (world.alloc(ask) >= 0);
  return world;
}

describe.each(["6.1", "6.12"] as const)("the slow path of %s with nothing to reclaim", (kernel: KernelVersion) => {
  const world = exhausted({ kernel });

  test.each([
    ["ATOMIC", 0, "adjust retry nopage"],
    ["NOWAIT", 0, "adjust retry nopage"],
    ["KERNEL", 0, "adjust retry reclaim again? oom? oom nopage"],
    ["MOVABLE", 0, "adjust retry reclaim again? oom? oom nopage"],
    ["NORETRY", 0, "adjust retry reclaim nopage"],
    ["MAYFAIL", 0, "adjust retry reclaim again? oom? oom nopage"],
    ["NOIO", 0, "adjust retry reclaim again? oom? oom nopage"],
    ["KERNEL", 1, "adjust compact! retry reclaim compact again? oom? oom nopage"],
    ["MOVABLE", 1, "adjust retry reclaim compact again? oom? oom nopage"],
    ["NORETRY", 1, "adjust compact! retry reclaim compact nopage"],
    ["NOIO", 1, "adjust retry reclaim compact again? oom? oom nopage"],
    ["KERNEL", 2, "adjust compact! retry reclaim compact nopage"],
    ["MOVABLE", 2, "adjust compact! retry reclaim compact nopage"],
    ["NORETRY", 2, "adjust compact! nopage"],
    ["MAYFAIL", 2, "adjust compact! retry reclaim compact again? oom? oom nopage"],
    ["ATOMIC", 2, "adjust retry nopage"],
    ["MEMALLOC", 0, "adjust retry reclaim again? oom? oom nopage"],
  ] as const)("%s of order %i takes these stages in this order", (ask, order, stages) => {
    expect(stagesOf(world, ask, order)).toBe(stages);
    expect(world.violations).toEqual([]);
  });
});

test("a request that must not wait never enters direct reclaim, however much could be reclaimed", () => {
  const world = new ReclaimWorld({ irq: true });
  world.fill(USE_FILE, 40);
  world.threads = false;
  world.visited.length = 0;
  while (world.alloc("ATOMIC") >= 0);
  while (world.alloc("NOWAIT") >= 0);
  while (world.alloc("ATOMIC", 0, 0, LEVEL_HARDIRQ) >= 0);
  expect(world.visited).toContain("nopage");
  expect(world.visited).not.toContain("direct_reclaim");
  expect(world.violations).toEqual([]);
});

test("S23 › a hard interrupt that claims it may wait is reported when it begins to reclaim", () => {
  const world = new ReclaimWorld({ irq: true });
  world.fill(USE_FILE, 40);
  world.threads = false;
  while (world.violations.length === 0) world.alloc("KERNEL", 0, 0, LEVEL_HARDIRQ);
  expect(world.violations[0]).toMatch(/^S23/);
});

test("__GFP_NORETRY never reclaims twice", () => {
  const world = exhausted();
  for (const order of [0, 1, 2]) {
    const stages = stagesOf(world, "NORETRY", order).split(" ");
    expect(stages.filter((stage) => stage === "reclaim").length).toBeLessThan(2);
  }
});

test("PF_MEMALLOC never reclaims from within reclaim", () => {
  const world = exhausted();
  world.k.of(acColumns).memalloc.set(0, 1);
  expect(stagesOf(world, "KERNEL", 0)).toBe("adjust retry nopage");
  world.k.of(acColumns).memalloc.set(0, 1);
  expect(stagesOf(world, "KERNEL", 2)).toBe("adjust retry nopage");
});

describe.each(["6.1", "6.12"] as const)("memory full of clean page cache (%s)", (kernel: KernelVersion) => {
  test.each([true, false])("never refuses a single page (kernel threads: %s)", (threads) => {
    const world = new ReclaimWorld({ kernel });
    world.threads = threads;
    for (let i = 0; i < 1_500; i++) expect(world.allocUse(USE_FILE)).toBeGreaterThanOrEqual(0);
    expect(world.k.events[VM.oom_kill]).toBe(0);
    expect(world.violations).toEqual([]);
  });

  test("gives __GFP_NOFAIL a page as long as one can be reclaimed", () => {
    const world = new ReclaimWorld({ kernel });
    world.fill(USE_FILE, 40);
    while (lruSize(world.k, 0, LRU_INACTIVE_FILE) > 0) expect(world.alloc("NOFAIL")).toBeGreaterThanOrEqual(0);
    expect(world.violations).toEqual([]);
  });
});

test("__GFP_NOFAIL goes round for ever, giving way to others, when there is nothing to be had", () => {
  const world = exhausted();
  world.visited.length = 0;
  expect(() => world.alloc("NOFAIL")).toThrow("still running");
  expect(world.visited.filter((label) => label === "cond_resched").length).toBeGreaterThan(100);
  expect(world.visited).not.toContain("prep_new_page");
});

test("rounds without progress count no further than they matter, so that a request may go round for ever", () => {
  const { k } = exhausted();
  for (let round = 0; round < 100; round++) expect(shouldReclaimRetry(k, 0)).toBe(false);
  expect(k.of(acColumns).noProgressLoops.get(0)).toBe(MAX_RECLAIM_RETRIES + 1);
});

test("the OOM killer is never asked while a clean page of the page cache is left", () => {
  const world = new ReclaimWorld();
  world.fill(USE_FILE, 60);
  const left: number[] = [];
  world.k.tracepoints = { oom: () => left.push(lruSize(world.k, 0, LRU_INACTIVE_FILE)) };
  while (world.alloc("KERNEL") >= 0);
  expect(left).toEqual([0]);
});

test("a world whose reclaim is off drains and unreserves, tries again, and gives up", () => {
  const world = new ReclaimWorld({ reclaim: false });
  world.fill(USE_FILE, 0);
  expect(stagesOf(world, "KERNEL", 0)).toBe("adjust retry nopage");
  expect(world.visited).toContain("drain");
  expect(stagesOf(world, "NOFAIL", 0)).toBe("adjust retry nopage");
  expect(world.k.events[VM.pgscan_direct]).toBe(0);
  expect(world.k.events[VM.pageoutrun]).toBe(0);
});

test("anonymous pages are reclaimed into swap until it is full, and no further", () => {
  const world = new ReclaimWorld({ swapPages: 64 });
  world.fill(USE_ANON, 60);
  while (world.alloc("KERNEL") >= 0);
  expect(world.k.events[VM.pswpout]).toBe(64);
  expect(world.machine.state.column("lru.swapUsed").get(0)).toBe(64);
  // What was being written when the device filled up stays: a full device ends the scan of anonymous pages.
  expect(world.k.events[VM.pgsteal_anon]).toBe(0);
  expect(world.violations).toEqual([]);
});
