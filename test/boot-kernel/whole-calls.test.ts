import { describe, expect, test } from "vitest";
import { type BootedKernel, bootKernel } from "../../harness/boot-kernel.ts";
import { GFP } from "../../model/gfp.ts";

const SITE = { cpu: 0 };

function pageOf(kernel: BootedKernel, gfp: number, order = 0): number {
  const answer = kernel.allocPages(gfp, order, SITE);
  if (!answer.ok) throw new Error(`refused: ${answer.reason}`);
  return answer.pfn;
}

/** Counter of /proc/vmstat. */
function counter(kernel: BootedKernel, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(kernel.vmstat())?.[1] ?? Number.NaN);
}

describe.each(["no-asi", "async-free"])("under %s", (design) => {
  test("a bulk allocation hands out single pages, each its caller's own, and a batch gives them back", () => {
    const kernel = bootKernel({ design, memoryMiB: 64 });
    const pfns = kernel.allocPagesBulk(GFP.KERNEL, 30, SITE);
    expect(new Set(pfns).size).toBe(30);
    for (const pfn of pfns) expect(kernel.owner(pfn)).toMatchObject({ state: "allocated", order: 0 });
    if (design === "async-free") expect(kernel.restrictedPresence(pfns[0] ?? 0, 1)).toBe("mapped");
    kernel.releasePages(pfns);
    for (const pfn of pfns) expect(kernel.owner(pfn).state).toBe("free");
    expect(kernel.violations()).toEqual([]);
  });

  test("an exact allocation of 5 pages leaves the other 3 of its block free, and is freed page by page", () => {
    const kernel = bootKernel({ design, memoryMiB: 64 });
    const before = kernel.buddyinfo();
    const answer = kernel.allocPagesExact(GFP.KERNEL, 5, SITE);
    expect(answer.ok).toBe(true);
    if (!answer.ok) return;
    const owners = Array.from({ length: 8 }, (_, at) => kernel.owner(answer.pfn + at).state);
    expect(owners).toEqual([...new Array(5).fill("allocated"), ...new Array(3).fill("free")]);
    kernel.freePagesExact(answer.pfn, 5);
    kernel.drainPages();
    expect(kernel.buddyinfo()).toBe(before);
    expect(kernel.violations()).toEqual([]);
  });

  test("a contiguous range moves movable pages away with their content, and refuses to move kernel memory", () => {
    const kernel = bootKernel({ design, memoryMiB: 64 });
    const moved = kernel.allocPages(GFP.HIGHUSER_MOVABLE | GFP.SENSITIVE, 0, { cpu: 1 });
    expect(moved.ok).toBe(true);
    if (!moved.ok) return;
    const start = moved.pfn - (moved.pfn % 512);
    const content = kernel.content(moved.pfn);
    expect(kernel.allocContigRange(start, start + 512, GFP.KERNEL)).toEqual({ ok: true, pfn: start });
    expect(kernel.owner(moved.pfn)).toMatchObject({ state: "allocated", use: "kernel" });
    if (design === "async-free") {
      expect(content).toBe("secret(mm1)");
      expect(kernel.content(moved.pfn)).toBe("public");
    }
    kernel.freeContigRange(start, 512);
    const fixed = pageOf(kernel, GFP.KERNEL);
    const block = fixed - (fixed % 512);
    expect(kernel.allocContigRange(block, block + 512, GFP.KERNEL)).toEqual({ ok: false, reason: "busy" });
    expect(kernel.violations()).toEqual([]);
  });

  test("memory that goes offline is free no longer, and comes back", () => {
    const kernel = bootKernel({ design, memoryMiB: 64 });
    const before = kernel.buddyinfo();
    expect(kernel.offlinePages(8192, 1024)).toEqual({ ok: true, pfn: 8192 });
    expect(kernel.owner(8192)).toMatchObject({ state: "free", list: "offline" });
    kernel.onlinePages(8192, 1024);
    expect(kernel.buddyinfo()).toBe(before);
    expect(kernel.violations()).toEqual([]);
  });

  test("a broken page is taken out of its free block for good, and given back when it was none", () => {
    const kernel = bootKernel({ design, memoryMiB: 64 });
    const before = kernel.buddyinfo();
    expect(kernel.memoryFailure(9000)).toBe(true);
    expect(kernel.owner(9000)).toMatchObject({ state: "free", list: "poisoned" });
    expect(kernel.buddyinfo()).not.toBe(before);
    expect(kernel.unpoison(9000)).toBe(true);
    expect(kernel.buddyinfo()).toBe(before);
    expect(kernel.violations()).toEqual([]);
  });
});

describe("reclaim", () => {
  test("takes clean page cache from its owners when memory runs out, and never what is pinned", () => {
    const kernel = bootKernel({ memoryMiB: 16 });
    const pinned = kernel.allocPages(GFP.HIGHUSER_MOVABLE, 0, { cpu: 0, use: "file" });
    if (pinned.ok) kernel.pin(pinned.pfn);
    const got = Array.from({ length: 6000 }, () => kernel.allocPages(GFP.HIGHUSER_MOVABLE, 0, { cpu: 0, use: "file" }));
    expect(got.every((answer) => answer.ok)).toBe(true);
    expect(counter(kernel, "pgsteal_kswapd") + counter(kernel, "pgsteal_direct")).toBeGreaterThan(1500);
    if (pinned.ok) expect(kernel.owner(pinned.pfn)).toMatchObject({ state: "allocated", use: "file", pinned: true });
    expect(kernel.violations()).toEqual([]);
  });

  test("ends with the OOM killer when nothing can be reclaimed, and otherwise as the flags say", () => {
    const kernel = bootKernel({ memoryMiB: 16 });
    const reasons = new Map<string, string>();
    let answer = kernel.allocPages(GFP.KERNEL, 0, SITE);
    while (answer.ok) answer = kernel.allocPages(GFP.KERNEL, 0, SITE);
    reasons.set("GFP_KERNEL", answer.reason);
    for (const [name, gfp, order] of [
      ["NORETRY", GFP.KERNEL | GFP.NORETRY, 0],
      ["RETRY_MAYFAIL", GFP.KERNEL | GFP.RETRY_MAYFAIL, 0],
      ["order 9", GFP.KERNEL, 9],
      ["NOWAIT", GFP.NOWAIT, 0],
    ] as const) {
      const refused = kernel.allocPages(gfp, order, SITE);
      reasons.set(name, refused.ok ? "served" : refused.reason);
    }
    expect(Object.fromEntries(reasons)).toEqual({
      GFP_KERNEL: "oom",
      NORETRY: "noretry",
      RETRY_MAYFAIL: "retry-mayfail",
      "order 9": "costly-order",
      NOWAIT: "atomic",
    });
    expect(counter(kernel, "oom_kill")).toBe(1);
    expect(kernel.violations()).toEqual([]);
  });

  test("a reserve is kept for atomic requests, which still get a page when GFP_KERNEL no longer does", () => {
    const kernel = bootKernel({ memoryMiB: 16 });
    while (kernel.allocPages(GFP.KERNEL | GFP.NORETRY, 0, SITE).ok);
    expect(kernel.allocPages(GFP.ATOMIC, 0, { cpu: 0, context: "hardirq" }).ok).toBe(true);
    expect(kernel.violations()).toEqual([]);
  });
});

describe("compaction", () => {
  test("on request moves movable pages together until whole pageblocks are free", () => {
    const kernel = bootKernel({ memoryMiB: 64 });
    const pfns: number[] = [];
    for (let i = 0; i < 8000; i++) {
      const page = kernel.allocPages(GFP.HIGHUSER_MOVABLE, 0, { cpu: 0, use: "file" });
      if (page.ok) pfns.push(page.pfn);
    }
    for (const pfn of pfns) if (pfn % 4 !== 0) kernel.freePages(pfn, 0);
    kernel.drainPages();
    const whole = (): number => blocksFrom(kernel, 9);
    const before = whole();
    kernel.compactMemory();
    expect(whole()).toBeGreaterThan(before);
    expect(counter(kernel, "pgmigrate_success")).toBeGreaterThan(0);
    expect(kernel.violations()).toEqual([]);
  });
});

describe("a CMA area", () => {
  test("serves movable pages meanwhile and is emptied of them when its owner asks", () => {
    const kernel = bootKernel({ memoryMiB: 64, cmaMiB: 4 });
    const answer = kernel.cmaAlloc(512, 9, GFP.KERNEL);
    expect(answer.ok).toBe(true);
    if (answer.ok) expect(kernel.pageblock(answer.pfn).migratetype).toBe("CMA");
    expect(kernel.violations()).toEqual([]);
  });
});

/** Free pageblocks in blocks of at least that order. */
function blocksFrom(kernel: BootedKernel, order: number): number {
  let blocks = 0;
  for (const line of kernel.buddyinfo().split("\n")) {
    const counts = (line.match(/ \d+(?= )/g) ?? []).map(Number).slice(-11);
    counts.forEach((count, at) => {
      if (at >= order) blocks += count * 2 ** (at - order);
    });
  }
  return blocks;
}
