import { describe, expect, test } from "vitest";

import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import { zoneColumns } from "../../impl/mm/columns.ts";
import { MIGRATE_MOVABLE } from "../../impl/mm/freetype.ts";
import { USE_MOVABLE } from "../../model/ledger.ts";
import { BLOCK, KERNEL_MEMORY, MOVABLE_MEMORY, WholeKernel } from "./whole-kernel.ts";

const WORLDS = [
  ["no-asi", "6.1", noAsi],
  ["no-asi", "6.12", noAsi],
  ["async-free", "6.1", asyncFree],
  ["async-free", "6.12", asyncFree],
] as const;

const [FROM, TO] = [4 * BLOCK, 8 * BLOCK];

describe.each(WORLDS)("%s, memory hotplug (kernel %s)", (_id, kernel, design) => {
  const boot = (): WholeKernel => new WholeKernel({ design, kernel });
  const managed = (w: WholeKernel): number => w.k.of(zoneColumns).managed.get(0);

  test("offline then online restores managed pages, free pages and blocks, as movable memory", () => {
    const w = boot();
    const [blocks, free] = [w.freeBlocks(), w.nrFree()];
    expect(w.range("offline_pages", FROM, TO)).toBe(1);
    expect([managed(w), w.nrFree(), w.pagesOn("offline"), w.freeBlocks(FROM, TO)]).toEqual([192, free - 64, 64, ""]);
    expect(w.range("offline_pages", FROM, TO)).toBe(0);
    w.expectSound();
    expect(w.range("online_pages", FROM, TO)).toBe(1);
    expect([managed(w), w.nrFree(), w.pagesOn("offline"), w.freeBlocks()]).toEqual([256, free, 0, blocks]);
    expect(w.migratetype(FROM)).toBe(MIGRATE_MOVABLE);
    expect(w.k.of(zoneColumns).nrIsolateBlocks.get(0)).toBe(0);
    expect(w.range("online_pages", FROM, TO)).toBe(0);
    w.expectSound();
  });

  test("memory that is offline is never allocated, and movable pages in it are moved first", () => {
    const w = boot();
    const held = Array.from({ length: 80 }, () => w.alloc(MOVABLE_MEMORY, 0, USE_MOVABLE));
    const from = (held[20] as number) & ~(2 * BLOCK - 1);
    const inside = held.filter((pfn) => pfn >= from && pfn < from + 2 * BLOCK).length;
    expect(inside).toBeGreaterThan(0);
    let done = w.range("offline_pages", from, from + 2 * BLOCK);
    if (done === 0) {
      w.runWorkers();
      done = w.range("offline_pages", from, from + 2 * BLOCK);
    }
    expect([done, w.owned().length]).toEqual([1, 80]);
    while (w.alloc(MOVABLE_MEMORY, 0) >= 0);
    expect(w.owned().filter((pfn) => pfn >= from && pfn < from + 2 * BLOCK)).toEqual([]);
    w.expectSound();
  });

  test("a pinned page or kernel memory keeps its range online", () => {
    const w = boot();
    const kernelPage = w.alloc(KERNEL_MEMORY, 0);
    const pinned = w.alloc(MOVABLE_MEMORY, 0, USE_MOVABLE);
    w.k.ledger.setPinned(pinned, true);
    w.drain();
    const [blocks, free] = [w.freeBlocks(), w.nrFree()];
    for (const pfn of [kernelPage, pinned]) {
      const from = pfn & ~(BLOCK - 1);
      expect(w.range("offline_pages", from, from + BLOCK)).toBe(0);
    }
    expect([managed(w), w.nrFree(), w.freeBlocks(), w.pagesOn("isolate")]).toEqual([256, free, blocks, 0]);
    expect(w.range("offline_pages", FROM + 1, TO)).toBe(0);
    w.expectSound();
  });
});
