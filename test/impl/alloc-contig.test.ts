import { describe, expect, test } from "vitest";

import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import { zoneLockStep } from "../../impl/mm/alloc-pages.ts";
import { zoneLock } from "../../impl/mm/columns.ts";
import { freeUnderLock, noteFreedType } from "../../impl/mm/free-unref.ts";
import { MIGRATE_CMA, MIGRATE_MOVABLE } from "../../impl/mm/freetype.ts";
import { cmaArea } from "../../impl/mm/isolation/cma.ts";
import type { Design } from "../../model/design.ts";
import { TAG_SECRET } from "../../model/hardware-columns.ts";
import { USE_ANON, USE_FILE, USE_MOVABLE } from "../../model/ledger.ts";
import { defineProgram } from "../../model/program.ts";
import { VM } from "../../model/vm-events.ts";
import { BLOCK, KERNEL_MEMORY, MOVABLE_MEMORY, USER_SECRET, WholeKernel } from "./whole-kernel.ts";

const WORLDS = [
  ["no-asi", "6.1", noAsi],
  ["no-asi", "6.12", noAsi],
  ["async-free", "6.1", asyncFree],
  ["async-free", "6.12", asyncFree],
] as const;

describe.each(WORLDS)("%s, contiguous ranges (kernel %s)", (id, kernel, design) => {
  const boot = (cmaBlocks = 0): WholeKernel => new WholeKernel({ design, kernel, cmaBlocks });

  /** Half of memory in movable pages of both kinds and several orders. */
  const populate = (w: WholeKernel): number[] => {
    const uses = [USE_MOVABLE, USE_FILE, USE_ANON];
    const held: number[] = [];
    for (let i = 0; w.nrFree() > 150; i++) {
      const use = uses[i % 3] as number;
      const pfn = w.alloc(i % 2 === 0 ? MOVABLE_MEMORY : USER_SECRET, i % 5 === 4 ? 2 : 0, use);
      if (use !== USE_MOVABLE) w.call("folio_add_lru", 0, 0, pfn + 1);
      held.push(pfn);
    }
    w.call("lru_add_drain_all");
    return held;
  };

  /** A design may free later what was moved away, and then the range is free at the second try only. */
  const contig = (w: WholeKernel, from: number, to: number, request = KERNEL_MEMORY): number => {
    const first = w.range("alloc_contig_range", from, to, request);
    if (first !== 0) return first;
    w.runWorkers();
    return w.range("alloc_contig_range", from, to, request);
  };

  test.each([
    [0, 32],
    [3, 5],
    [10, 40],
    [16, 17],
    [240, 256],
  ])("a range in free memory [%i, %i) is the caller's page by page, and the rest stays free", (from, to) => {
    const w = boot();
    const [blocks, free] = [w.freeBlocks(), w.nrFree()];
    expect(w.range("alloc_contig_range", from, to)).toBe(from + 1);
    expect(w.owned()).toEqual(Array.from({ length: to - from }, (_, i) => from + i));
    w.drain();
    expect([w.nrFree(), w.pagesOn("isolate"), w.migratetype(from)]).toEqual([free - (to - from), 0, MIGRATE_MOVABLE]);
    w.expectSound();
    w.freeRange("free_contig_range", from, to);
    w.runWorkers();
    w.drain();
    expect([w.freeBlocks(), w.nrFree()]).toEqual([blocks, free]);
    w.expectSound();
  });

  test("a range over movable pages moves them, and every content and owner is kept", () => {
    const w = boot();
    const held = populate(w);
    const before = w.contents().sort();
    const from = ((held[8] as number) & ~(BLOCK - 1)) + 3;
    const to = from + 2 * BLOCK;
    expect(contig(w, from, to)).toBe(from + 1);
    const mine = new Set(Array.from({ length: to - from }, (_, i) => from + i));
    const others = w.owned().filter((pfn) => !mine.has(pfn));
    expect(others.map((pfn) => contentOf(w, pfn)).sort()).toEqual(before);
    expect(w.k.events[VM.pgmigrate_success]).toBeGreaterThan(0);
    w.expectSound();
  });

  test("a range asked for a secret never receives a page that is mapped, and keeps its secret to itself", () => {
    const w = boot();
    const held = populate(w);
    const from = (held[0] as number) & ~(BLOCK - 1);
    expect(contig(w, from, from + BLOCK, USER_SECRET)).toBe(from + 1);
    if (id === "async-free") {
      expect(w.k.hw.isPresent(from)).toBe(false);
      expect(w.k.hw.tag(from)).toBeGreaterThanOrEqual(TAG_SECRET);
    }
    w.expectSound();
  });

  test("one pinned page makes the range busy, and everything is as before but for what was moved", () => {
    const w = boot();
    const held = populate(w);
    const pinned = held[7] as number;
    w.k.ledger.setPinned(pinned, true);
    const before = w.contents().sort();
    const from = pinned & ~(BLOCK - 1);
    expect(contig(w, from, from + BLOCK)).toBe(0);
    expect(w.k.ledger.isPinned(pinned)).toBe(true);
    expect(w.contents().sort()).toEqual(before);
    w.runWorkers();
    expect([w.pagesOn("isolate"), w.pagesOn("contig"), w.migratetype(from)]).toEqual([0, 0, MIGRATE_MOVABLE]);
    w.expectSound();
    w.k.ledger.setPinned(pinned, false);
    expect(contig(w, from, from + BLOCK)).toBe(from + 1);
    w.expectSound();
  });

  test("kernel memory makes the range busy before anything is moved, and no byte of the state is changed", () => {
    const w = boot();
    const kernelPage = w.alloc(KERNEL_MEMORY, 0);
    w.drain();
    const before = w.machine.state.words.slice();
    const from = kernelPage & ~(BLOCK - 1);
    expect(w.range("alloc_contig_range", from, from + BLOCK)).toBe(0);
    expect(w.machine.state.words).toEqual(before);
    w.expectSound();
  });

  test("CMA blocks serve movable requests only, and cma_alloc gets them back", () => {
    const w = boot(4);
    const { start, end } = cmaArea(w.k);
    expect([start, end, w.migratetype(start)]).toEqual([192, 256, MIGRATE_CMA]);
    const kernelPages: number[] = [];
    for (let pfn = w.alloc(KERNEL_MEMORY, 0); pfn >= 0; pfn = w.alloc(KERNEL_MEMORY, 0)) kernelPages.push(pfn);
    expect(kernelPages.length).toBeGreaterThan(150);
    expect(kernelPages.filter((pfn) => pfn >= start)).toEqual([]);
    for (const pfn of kernelPages.splice(100)) w.free(pfn);
    w.runWorkers();
    w.drain();
    const movable = Array.from({ length: 60 }, () => w.alloc(MOVABLE_MEMORY, 0, USE_MOVABLE));
    const inArea = movable.filter((pfn) => pfn >= start).length;
    expect(inArea).toBeGreaterThan(0);
    let got = w.call("cma_alloc", KERNEL_MEMORY, 20, 2);
    if (got === 0) {
      w.runWorkers();
      got = w.call("cma_alloc", KERNEL_MEMORY, 20, 2);
    }
    expect(got).toBeGreaterThan(start);
    expect((got - 1) % 4).toBe(0);
    expect(w.migratetype(got - 1)).toBe(MIGRATE_CMA);
    expect(w.range("alloc_contig_range", start, end)).toBe(0);
    w.expectSound();
    w.freeRange("cma_release", got - 1, got + 19);
    w.runWorkers();
    w.expectSound();
  });
});

describe.each(["6.1", "6.12"] as const)("a design that refuses a page, and gives it back, kernel %s", (kernel) => {
  test("a range with such a page is refused, and every page of it is free again, once", () => {
    const w = new WholeKernel({ design: refusing(20), kernel });
    const [blocks, free] = [w.freeBlocks(), w.nrFree()];
    for (const [from, to] of [
      [16, 32],
      [20, 22],
      [3, 21],
    ] as const) {
      expect(w.range("alloc_contig_range", from, to)).toBe(0);
      w.drain();
      expect([w.nrFree(), w.freeBlocks(), w.pagesOn("isolate")]).toEqual([free, blocks, 0]);
      w.expectSound();
    }
    expect(w.range("alloc_contig_range", 21, 32)).toBe(22);
    w.expectSound();
  });
});

/** A design whose hook cannot prepare one page: it gives the page back and says so. */
function refusing(page: number): Design {
  const lock = zoneLockStep("zone_lock", "free_one_page", () => 0);
  const allocated = defineProgram({
    name: "refuse",
    role: "inner",
    locals: [
      { name: "unused", sort: "count" },
      { name: "page", sort: "pfn", link: true },
      { name: "order", sort: "order" },
    ],
    steps: [
      {
        label: "test",
        imitates: "",
        needs: "any",
        cost: "none",
        touches: [],
        run: (_k, f) => (f.get(1) - 1 === page ? f.goto("zone_lock") : f.return(1)),
      },
      lock,
      {
        label: "free",
        imitates: "free_one_page",
        needs: "any",
        cost: "list",
        touches: [],
        run: (k, f) => {
          noteFreedType(k, page);
          freeUnderLock(k, page, f.get(2));
          k.unlockIrqRestore(zoneLock(0));
          return f.return(0);
        },
      },
    ],
  });
  return { ...noAsi, id: "refusing", hooks: { allocated } };
}

function contentOf(w: WholeKernel, pfn: number): string {
  const { ledger, hw } = w.k;
  return `${ledger.order(pfn)}/${ledger.asked(pfn)}/${ledger.use(pfn)}/${hw.tag(pfn)}`;
}
