import { describe, expect, test } from "vitest";

import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import { USE_ANON, USE_FILE, USE_MOVABLE } from "../../model/ledger.ts";
import { KERNEL_MEMORY, MOVABLE_MEMORY, USER_SECRET, WholeKernel } from "./whole-kernel.ts";

const WORLDS = [
  ["no-asi", "6.1", noAsi],
  ["no-asi", "6.12", noAsi],
  ["async-free", "6.1", asyncFree],
  ["async-free", "6.12", asyncFree],
] as const;

describe.each(WORLDS)("%s, memory failure (kernel %s)", (_id, kernel, design) => {
  const boot = (): WholeKernel => new WholeKernel({ design, kernel });
  const onPage = (w: WholeKernel, entry: string, pfn: number): number => w.call(entry, 0, 0, pfn + 1);

  /** Whatever was in use is freed, and then all of memory allocated: is the page among it? */
  const isEverAllocated = (w: WholeKernel, pfn: number): boolean => {
    for (const head of w.owned()) w.free(head);
    w.runWorkers();
    w.drain();
    const got = new Set<number>();
    for (let page = w.alloc(MOVABLE_MEMORY, 0); page >= 0; page = w.alloc(MOVABLE_MEMORY, 0)) got.add(page);
    expect(got.size).toBeGreaterThan(200);
    return got.has(pfn);
  };

  test("a page in a free block is taken off, and the block is split around it", () => {
    const w = boot();
    expect(onPage(w, "memory_failure", 37)).toBe(1);
    expect(w.freeBlocks(32, 64)).toBe("32:2 36:0 38:1 40:3 48:4");
    expect([w.nrFree(), w.pagesOn("poisoned")]).toEqual([255, 1]);
    expect(onPage(w, "memory_failure", 37)).toBe(1);
    w.expectSound();
    expect(isEverAllocated(w, 37)).toBe(false);
    w.expectSound();
  });

  test.each([
    ["kernel memory", KERNEL_MEMORY, 0, 0],
    ["kernel memory of four pages", KERNEL_MEMORY, 2, 0],
    ["a movable page", MOVABLE_MEMORY, 0, USE_MOVABLE],
    ["page cache", MOVABLE_MEMORY, 0, USE_FILE],
    ["an anonymous secret", USER_SECRET, 0, USE_ANON],
  ])("a page in use as %s is never allocated again once it is freed", (_what, request, order, use) => {
    const w = boot();
    const held = Array.from({ length: 6 }, () => w.alloc(request, order, use));
    const pfn = (held[3] as number) + (1 << order) - 1;
    if (use === USE_FILE || use === USE_ANON) for (const head of held) w.call("folio_add_lru", 0, 0, head + 1);
    w.call("lru_add_drain_all");
    onPage(w, "memory_failure", pfn);
    // Clean page cache can be read again, so its owner has lost it; nobody else has.
    expect(w.owned().length).toBe(use === USE_FILE ? 5 : 6);
    w.expectSound();
    expect(isEverAllocated(w, pfn)).toBe(false);
    expect(w.pagesOn("poisoned")).toBe(1);
    w.expectSound();
  });

  test("a page on a pcplist or in the design's queue is never allocated again", () => {
    const w = boot();
    const held = Array.from({ length: 4 }, () => w.alloc(MOVABLE_MEMORY, 0, USE_MOVABLE));
    const pfn = held[1] as number;
    for (const page of held) w.free(page);
    onPage(w, "memory_failure", pfn);
    expect(isEverAllocated(w, pfn)).toBe(false);
    w.expectSound();
  });

  test("unpoisoning gives a page back to the free lists or to its owner's use", () => {
    const w = boot();
    const [blocks, used] = [w.freeBlocks(64, 96), w.alloc(KERNEL_MEMORY, 0)];
    onPage(w, "memory_failure", 70);
    onPage(w, "memory_failure", used);
    expect([onPage(w, "unpoison", 70), onPage(w, "unpoison", used), onPage(w, "unpoison", 71)]).toEqual([1, 1, 0]);
    expect([w.freeBlocks(64, 96), w.pagesOn("poisoned")]).toEqual([blocks, 0]);
    expect(isEverAllocated(w, used)).toBe(true);
    w.expectSound();
  });

  test("soft offline moves the content away and takes the page out of use", () => {
    const w = boot();
    const held = Array.from({ length: 4 }, () => w.alloc(USER_SECRET, 0, USE_MOVABLE));
    const pfn = held[2] as number;
    const tag = w.k.hw.tag(pfn);
    let done = onPage(w, "soft_offline", pfn);
    if (done === 0) {
      w.runWorkers();
      done = onPage(w, "soft_offline", pfn);
    }
    expect([done, w.owned().length, w.pagesOn("poisoned")]).toEqual([1, 4, 1]);
    expect(w.owned().map((page) => w.k.hw.tag(page))).toEqual([tag, tag, tag, tag]);
    expect(onPage(w, "soft_offline", w.alloc(KERNEL_MEMORY, 0))).toBe(0);
    expect(onPage(w, "soft_offline", 200)).toBe(1);
    expect(isEverAllocated(w, pfn)).toBe(false);
    w.expectSound();
  });

  test("a range with a poisoned page can be taken offline, but not allocated", () => {
    const w = boot();
    onPage(w, "memory_failure", 70);
    expect(w.range("alloc_contig_range", 64, 80)).toBe(0);
    expect(w.range("offline_pages", 64, 96)).toBe(1);
    expect([w.pagesOn("offline"), w.pagesOn("poisoned")]).toEqual([31, 1]);
    expect(w.range("online_pages", 64, 96)).toBe(1);
    expect(w.pagesOn("poisoned")).toBe(1);
    expect(isEverAllocated(w, 70)).toBe(false);
    w.expectSound();
  });
});
