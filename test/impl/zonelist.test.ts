import { describe, expect, test } from "vitest";

import { ALLOC_NOFRAGMENT, allocFlagsNofragment } from "../../impl/mm/alloc-flags.ts";
import { gfpZone, preferredZone, zonelistOf } from "../../impl/mm/zonelist.ts";
import { ZONE_DMA, ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL, zoneOfPage } from "../../impl/mm/zones.ts";
import { GFP } from "../../model/gfp.ts";
import type { Zone } from "../../model/zone.ts";
import { ZonedMachine } from "./zoned-machine.ts";

const zone = (name: Zone["name"], node: number, startPfn: number, spanned = 128): Zone => ({
  name,
  node,
  startPfn,
  spanned,
  managed: spanned,
  watermarks: { min: 4, low: 6, high: 8 },
  pcp: { batch: 4, high: 16 },
});

const TWO_NODES: readonly Zone[] = [
  zone("DMA", 0, 0),
  zone("DMA32", 0, 128),
  zone("Normal", 0, 256),
  zone("Normal", 1, 384),
  zone("Movable", 1, 512),
];

describe("gfp_zone", () => {
  test.each([
    ["GFP_KERNEL", GFP.KERNEL, ZONE_NORMAL],
    ["GFP_DMA", GFP.DMA | GFP.KERNEL, ZONE_DMA],
    ["GFP_DMA32", GFP.DMA32 | GFP.KERNEL, ZONE_DMA32],
    ["__GFP_HIGHMEM, which is Normal on 64 bit", GFP.HIGHUSER, ZONE_NORMAL],
    ["__GFP_MOVABLE alone", GFP.USER | GFP.MOVABLE, ZONE_NORMAL],
    ["GFP_HIGHUSER_MOVABLE", GFP.HIGHUSER_MOVABLE, ZONE_MOVABLE],
    ["__GFP_MOVABLE with GFP_DMA", GFP.MOVABLE | GFP.DMA, ZONE_DMA],
    ["__GFP_MOVABLE with GFP_DMA32", GFP.MOVABLE | GFP.DMA32, ZONE_DMA32],
  ])("of %s", (_name, gfp, highest) => {
    expect(gfpZone(gfp)).toBe(highest);
  });
});

describe("zonelists of two nodes", () => {
  const { k } = new ZonedMachine({ zones: TWO_NODES, pages: 640 });

  test("begin with the own node and go from its highest zone down, then to the other node", () => {
    expect(zonelistOf(k, 0, GFP.KERNEL)).toEqual([2, 1, 0, 4, 3]);
    expect(zonelistOf(k, 1, GFP.KERNEL)).toEqual([4, 3, 2, 1, 0]);
  });

  test("end with the own node under __GFP_THISNODE", () => {
    expect(zonelistOf(k, 0, GFP.THISNODE)).toEqual([2, 1, 0]);
    expect(zonelistOf(k, 1, GFP.THISNODE)).toEqual([4, 3]);
  });

  test("give each request the highest zone of its node that it may use", () => {
    expect(preferredZone(k, 0, GFP.KERNEL, ZONE_NORMAL)).toBe(2);
    expect(preferredZone(k, 0, GFP.HIGHUSER_MOVABLE, ZONE_MOVABLE)).toBe(2);
    expect(preferredZone(k, 1, GFP.HIGHUSER_MOVABLE, ZONE_MOVABLE)).toBe(4);
    expect(preferredZone(k, 1, GFP.DMA, ZONE_DMA)).toBe(0);
    expect(preferredZone(k, 1, GFP.DMA | GFP.THISNODE, ZONE_DMA)).toBe(-1);
  });

  test("a page belongs to the zone that spans it", () => {
    expect([0, 127, 128, 383, 384, 639].map((pfn) => zoneOfPage(k, pfn))).toEqual([0, 0, 1, 2, 3, 4]);
  });
});

describe.each(["6.1", "6.12"] as const)("%s, a request", (kernel) => {
  const boot = (): ZonedMachine => new ZonedMachine({ kernel, zones: TWO_NODES, pages: 640 });
  const drainOf = (m: ZonedMachine, request: Parameters<ZonedMachine["alloc"]>[0], cpu: number): number[] => {
    const zones: number[] = [];
    for (let pfn = m.alloc(request, 0, cpu); pfn >= 0; pfn = m.alloc(request, 0, cpu)) zones.push(zoneOfPage(m.k, pfn));
    return zones.filter((at, index) => at !== zones[index - 1]);
  };

  test("empties its node's zones down to the low watermark, highest first, before it goes to the other node", () => {
    expect(drainOf(boot(), "movable", 0).slice(0, 4)).toEqual([2, 1, 0, 4]);
    expect(drainOf(boot(), "movable", 1).slice(0, 3)).toEqual([4, 3, 2]);
  });

  test("under __GFP_THISNODE fails rather than leave its node", () => {
    expect(new Set(drainOf(boot(), "thisNode", 1))).toEqual(new Set([3]));
  });

  test("for a zone that its node does not have is served by the other node, and under no name fails at once", () => {
    expect(zoneOfPage(boot().k, boot().alloc("dma", 0, 1))).toBe(0);
    const small = new ZonedMachine({ kernel, pages: 256 });
    expect([small.alloc("dma"), small.alloc("dma32")]).toEqual([-1, -1]);
  });
});

describe("ALLOC_NOFRAGMENT", () => {
  test("is set where the preferred zone is Normal with DMA32 below it, and on a machine of one node in any case", () => {
    const two = new ZonedMachine({ zones: TWO_NODES, pages: 640 }).k;
    const one = new ZonedMachine({ pages: 256 }).k;
    const flags = (k: typeof one, at: number): number => allocFlagsNofragment(k, 0, at) & ALLOC_NOFRAGMENT;
    expect([flags(two, 2), flags(two, 1), flags(two, 3), flags(one, 0)]).toEqual([
      ALLOC_NOFRAGMENT,
      0,
      0,
      ALLOC_NOFRAGMENT,
    ]);
  });

  test.each(["6.1", "6.12"] as const)(
    "%s tries the next zone before it mixes types in a pageblock of this one",
    (kernel) => {
      const zones = [zone("DMA32", 0, 0), zone("Normal", 0, 128)];
      const mixed: number[] = [];
      const m = new ZonedMachine({ kernel, zones, pages: 256 });
      m.k.tracepoints = { extfrag: (pfn, order, from) => mixed.push(zoneOfPage(m.k, pfn), order, from) };
      // Every pageblock of Normal gets a movable page, so that none of it can be claimed whole.
      const held: number[] = [];
      for (let pfn = m.alloc("movable"); zoneOfPage(m.k, pfn) === 1; pfn = m.alloc("movable")) held.push(pfn);
      for (const pfn of held) if (pfn % 16 !== 0) m.free(pfn);
      m.call("drain_all_pages");
      expect(zoneOfPage(m.k, m.alloc("kernel"))).toBe(0);
      // The pageblock taken over in DMA32 was free altogether: no mixing.
      expect(mixed.slice(0, 1)).toEqual([0]);
      expect(mixed[2]).toBeGreaterThanOrEqual(4);
    },
  );
});
