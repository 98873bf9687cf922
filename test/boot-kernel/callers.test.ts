import { describe, expect, test } from "vitest";
import { type BootedKernel, bootKernel } from "../../harness/boot-kernel.ts";
import { allocFolio } from "../../harness/callers/folio.ts";
import type { Attempt, TryAlloc } from "../../harness/callers/retry.ts";
import { allocSkbFragment } from "../../harness/callers/skb.ts";
import { allocSlab } from "../../harness/callers/slab.ts";
import { allocThp } from "../../harness/callers/thp.ts";
import { GFP, gfpToString } from "../../model/gfp.ts";

/** An allocator that refuses every order above `largest`, and remembers what it was asked. */
function refusing(largest: number): { readonly asked: Attempt[]; readonly tryAlloc: TryAlloc } {
  const asked: Attempt[] = [];
  const tryAlloc: TryAlloc = (gfp, order) => {
    asked.push({ gfp, order });
    return order > largest ? -1 : 77;
  };
  return { asked, tryAlloc };
}

describe("a slab cache", () => {
  const cache = { gfp: GFP.KERNEL, order: 3, minOrder: 1 };

  test("that gets its preferred order asks once, without reclaim, reserve or warning", () => {
    const { asked, tryAlloc } = refusing(10);
    expect(allocSlab(tryAlloc, cache)).toEqual({ pfn: 77, order: 3, attempts: 1 });
    expect(asked.map(({ gfp }) => gfpToString(gfp))).toEqual([
      "__GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC",
    ]);
  });

  test("that is refused asks for the minimum order with all that its caller allows", () => {
    const { asked, tryAlloc } = refusing(1);
    expect(allocSlab(tryAlloc, cache)).toEqual({ pfn: 77, order: 1, attempts: 2 });
    expect(gfpToString(asked[1]?.gfp ?? 0)).toBe("GFP_KERNEL|__GFP_COMP");
  });

  test("never makes a high order endless: __GFP_NOFAIL stays with the last attempt", () => {
    const { asked, tryAlloc } = refusing(0);
    allocSlab(tryAlloc, { gfp: GFP.KERNEL | GFP.NOFAIL, order: 1, minOrder: 0 });
    expect(asked.map(({ gfp }) => (gfp & GFP.NOFAIL) !== 0)).toEqual([false, true]);
  });

  test("of an atomic caller keeps the wake-up of kswapd at both orders", () => {
    const { asked, tryAlloc } = refusing(0);
    allocSlab(tryAlloc, { gfp: GFP.ATOMIC, order: 1, minOrder: 0 });
    expect(asked.map(({ gfp }) => (gfp & GFP.KSWAPD_RECLAIM) !== 0)).toEqual([true, true]);
  });
});

describe("a socket buffer's fragment", () => {
  test("is 32 KiB where there is one, asked for without direct reclaim", () => {
    const { asked, tryAlloc } = refusing(10);
    expect(allocSkbFragment(tryAlloc, GFP.KERNEL)).toEqual({ pfn: 77, order: 3, attempts: 1 });
    expect((asked[0]?.gfp ?? 0) & GFP.RECLAIM).toBe(GFP.KSWAPD_RECLAIM);
  });

  test("is a single page of the caller's own flags where there is none", () => {
    const { asked, tryAlloc } = refusing(2);
    expect(allocSkbFragment(tryAlloc, GFP.KERNEL)).toEqual({ pfn: 77, order: 0, attempts: 2 });
    expect(asked[1]).toEqual({ gfp: GFP.KERNEL, order: 0 });
  });
});

describe("a page fault", () => {
  test("that may not reclaim asks for a huge page once, on its own node, then for a zeroed page", () => {
    const { asked, tryAlloc } = refusing(0);
    expect(allocThp(tryAlloc, 9)).toEqual({ pfn: 77, order: 0, attempts: 2 });
    expect(asked.map(({ order }) => order)).toEqual([9, 0]);
    expect((asked[0]?.gfp ?? 0) & (GFP.THISNODE | GFP.NORETRY | GFP.RECLAIM)).toBe(GFP.THISNODE | GFP.NORETRY);
    expect(asked[1]?.gfp).toBe(GFP.HIGHUSER_MOVABLE | GFP.ZERO);
  });

  test("in a region marked for huge pages tries every node before it gives up", () => {
    const { asked, tryAlloc } = refusing(0);
    expect(allocThp(tryAlloc, 9, { madvised: true }).attempts).toBe(3);
    expect(asked.map(({ gfp }) => (gfp & GFP.THISNODE) !== 0)).toEqual([true, false, false]);
  });

  test.each([
    ["always", GFP.DIRECT_RECLAIM],
    ["defer", GFP.KSWAPD_RECLAIM],
    ["defer+madvise", GFP.KSWAPD_RECLAIM],
    ["madvise", 0],
    ["never", 0],
  ] as const)("under defrag=%s may reclaim by itself, wake kswapd, or neither: gfp %i", (defrag, reclaim) => {
    const { asked, tryAlloc } = refusing(10);
    allocThp(tryAlloc, 9, { defrag });
    expect((asked[0]?.gfp ?? 0) & GFP.RECLAIM).toBe(reclaim);
  });
});

describe("a folio", () => {
  test("shrinks by one order after each refusal, quietly, and asks for the last in earnest", () => {
    const { asked, tryAlloc } = refusing(0);
    expect(allocFolio(tryAlloc, { gfp: GFP.KERNEL, order: 4 })).toEqual({ pfn: 77, order: 0, attempts: 5 });
    expect(asked.map(({ order }) => order)).toEqual([4, 3, 2, 1, 0]);
    expect(asked.map(({ gfp }) => (gfp & GFP.NORETRY) !== 0)).toEqual([true, true, true, true, false]);
  });

  test("never becomes smaller than a block of its file system", () => {
    const { asked, tryAlloc } = refusing(0);
    expect(allocFolio(tryAlloc, { gfp: GFP.KERNEL, order: 4, minOrder: 2 })).toEqual({
      pfn: -1,
      order: 2,
      attempts: 3,
    });
    expect(asked.at(-1)?.gfp).toBe(GFP.KERNEL | GFP.COMP);
  });
});

describe("a kernel whose large blocks are used up", () => {
  test("serves slab, network, page cache and faults with what is left", () => {
    const watermarks = { min: 0, low: 0, high: 0 };
    const zone = { name: "DMA32", node: 0, startPfn: 0, spanned: 4096, managed: 4096, watermarks } as const;
    const kernel = bootKernel({ zones: [zone], reclaim: false });
    for (const pfn of takeEverything(kernel)) if (pfn % 2 === 0) kernel.freePages(pfn, 0);
    expect(kernel.callers.slab({ gfp: GFP.KERNEL, order: 3, minOrder: 0 }, { cpu: 0 })).toMatchObject({
      order: 0,
      attempts: 2,
    });
    expect(kernel.callers.skb(GFP.KERNEL, { cpu: 0 })).toMatchObject({ order: 0, attempts: 2 });
    expect(kernel.callers.folio(GFP.HIGHUSER_MOVABLE, 2, { cpu: 1 })).toMatchObject({ order: 0, attempts: 3 });
    expect(kernel.callers.thp({ cpu: 1 })).toMatchObject({ order: 0, attempts: 2 });
    expect(kernel.violations()).toEqual([]);
  });
});

/** Every page of memory, one by one. */
function takeEverything(kernel: BootedKernel): number[] {
  const held: number[] = [];
  for (;;) {
    const page = kernel.allocPages(GFP.KERNEL, 0, { cpu: 0 });
    if (!page.ok) return held;
    held.push(page.pfn);
  }
}
