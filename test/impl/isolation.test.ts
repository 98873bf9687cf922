import { describe, expect, test } from "vitest";

import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import { zoneColumns } from "../../impl/mm/columns.ts";
import { MIGRATE_ISOLATE, MIGRATE_MOVABLE } from "../../impl/mm/freetype.ts";
import { USE_MOVABLE } from "../../model/ledger.ts";
import { BLOCK, KERNEL_MEMORY, MOVABLE_MEMORY, WholeKernel } from "./whole-kernel.ts";

const WORLDS = [
  ["no-asi", "6.1", noAsi],
  ["no-asi", "6.12", noAsi],
  ["async-free", "6.1", asyncFree],
  ["async-free", "6.12", asyncFree],
] as const;

describe.each(WORLDS)("%s, pageblock isolation (kernel %s)", (_id, kernel, design) => {
  const boot = (): WholeKernel => new WholeKernel({ design, kernel });

  test("no allocation ever comes from an isolated block, and its free pages do not count", () => {
    const w = boot();
    const free = w.nrFree();
    expect(w.range("isolate_pageblock", 3 * BLOCK, 5 * BLOCK)).toBe(1);
    expect(w.nrFree()).toBe(free - 2 * BLOCK);
    expect(w.pagesOn("isolate")).toBe(2 * BLOCK);
    const got: number[] = [];
    for (let pfn = w.alloc(MOVABLE_MEMORY, 0); pfn >= 0; pfn = w.alloc(MOVABLE_MEMORY, 0)) got.push(pfn);
    expect(got.length).toBeGreaterThan(free - 2 * BLOCK - 32);
    expect(got.filter((pfn) => pfn >= 3 * BLOCK && pfn < 5 * BLOCK)).toEqual([]);
    w.expectSound();
  });

  test("isolating one block of a larger free block splits it, and un-isolating it restores counts and merges", () => {
    const w = boot();
    const [blocks, free] = [w.freeBlocks(), w.nrFree()];
    for (const block of [2 * BLOCK, 3 * BLOCK]) {
      expect(w.range("isolate_pageblock", block, block + BLOCK)).toBe(1);
      expect(w.freeBlocks(2 * BLOCK, 4 * BLOCK)).toBe("32:4 48:4");
      expect(w.migratetype(block)).toBe(MIGRATE_ISOLATE);
      expect(w.k.of(zoneColumns).nrIsolateBlocks.get(0)).toBe(1);
      expect(w.range("unisolate_pageblock", block, block + BLOCK)).toBe(1);
      expect(w.freeBlocks()).toBe(blocks);
      expect([w.nrFree(), w.migratetype(block), w.pagesOn("isolate")]).toEqual([free, MIGRATE_MOVABLE, 0]);
    }
    expect(w.k.of(zoneColumns).nrIsolateBlocks.get(0)).toBe(0);
    w.expectSound();
  });

  test("a block that is isolated already, or holds kernel memory, is not isolated, and those before it are given back", () => {
    const w = boot();
    const pfn = w.alloc(KERNEL_MEMORY, 0);
    const before = w.freeBlocks();
    const block = pfn & ~(BLOCK - 1);
    const from = Math.max(0, block - 2 * BLOCK);
    expect(w.range("isolate_pageblock", from, block + BLOCK)).toBe(0);
    expect(w.range("isolate_pageblock", block, block + 3 * BLOCK)).toBe(0);
    expect([w.freeBlocks(), w.pagesOn("isolate")]).toEqual([before, 0]);
    const other = block === 0 ? 6 * BLOCK : 0;
    expect(w.range("isolate_pageblock", other, other + BLOCK)).toBe(1);
    expect(w.range("isolate_pageblock", other, other + 2 * BLOCK)).toBe(0);
    expect(w.pagesOn("isolate")).toBe(BLOCK);
    w.expectSound();
  });

  test("a page freed into an isolated block goes to the isolate list, also from a pcplist", () => {
    const w = boot();
    const held = Array.from({ length: 3 * BLOCK }, () => w.alloc(MOVABLE_MEMORY, 0, USE_MOVABLE));
    const block = (held[held.length >> 1] as number) & ~(BLOCK - 1);
    const inside = held.filter((pfn) => pfn >= block && pfn < block + BLOCK);
    expect(inside.length).toBe(BLOCK);
    const [early, late] = [inside.slice(0, 5), inside.slice(5)];
    for (const pfn of early) w.free(pfn);
    w.runWorkers();
    expect(w.range("isolate_pageblock", block, block + BLOCK)).toBe(1);
    for (const pfn of late) w.free(pfn);
    w.runWorkers();
    w.drain();
    expect(w.pagesOn("isolate")).toBe(BLOCK);
    expect(w.range("unisolate_pageblock", block, block + BLOCK)).toBe(1);
    w.expectSound();
  });

  test("a block in use that reaches over the end of the range makes it busy, unless a 6.1 kernel can move it", () => {
    const w = boot();
    const big = w.alloc(MOVABLE_MEMORY, 5, USE_MOVABLE);
    const other = big === 0 ? 4 * BLOCK : 0;
    w.k.ledger.setPinned(big, true);
    expect(w.range("isolate_pageblock", big, big + BLOCK)).toBe(0);
    expect(w.range("isolate_pageblock", big + BLOCK, big + 2 * BLOCK)).toBe(0);
    expect(w.range("isolate_pageblock", big, big + 2 * BLOCK)).toBe(1);
    expect(w.range("unisolate_pageblock", big, big + 2 * BLOCK)).toBe(1);
    w.k.ledger.setPinned(big, false);
    expect(w.range("isolate_pageblock", big + BLOCK, big + 2 * BLOCK)).toBe(kernel === "6.1" ? 1 : 0);
    expect(w.owned().length).toBe(1);
    expect(w.k.ledger.order(big) >= 0).toBe(kernel === "6.12");
    expect(w.range("isolate_pageblock", other, other + BLOCK)).toBe(1);
    w.expectSound();
  });
});
