import { describe, expect, test } from "vitest";
import { bootKernel } from "../../harness/boot-kernel.ts";
import { isolateEachLabel, reserveHighatomic } from "../../harness/workloads/relabel.ts";
import { MEDIUM } from "../../model/geometry.ts";
import { GFP } from "../../model/gfp.ts";
import { DESIGNS, smallWorld } from "./worlds.ts";

describe.each(DESIGNS)("W8, a pageblock of each label isolated, under %s", (design) => {
  test.each([
    ["sensitive", GFP.SENSITIVE],
    ["nonsensitive", 0],
  ])("is refused with a live %s page in it, granted without, and no page is lost", (_kind, sensitivity) => {
    const kernel = bootKernel(smallWorld(design));
    const before = kernel.buddyinfo();
    const blocks = isolateEachLabel(kernel, sensitivity);
    expect(blocks.map(({ first, busy, granted }) => ({ first, busy, granted }))).toEqual([
      { first: "Unmovable", busy: true, granted: true },
      { first: "Movable", busy: true, granted: true },
      { first: "Reclaimable", busy: true, granted: true },
    ]);
    for (const { first, labels } of blocks) {
      // A refusal leaves the label, a grant makes the block movable: alloc_contig_range un-isolates with that type.
      expect(labels.map(({ label }) => label)).toEqual([first, first, "Movable", "Movable"]);
    }
    expect(kernel.buddyinfo()).toBe(before);
    expect(kernel.violations()).toEqual([]);
  });
});

describe.each(DESIGNS)("W8, the reserve for high-order atomic requests, under %s", (design) => {
  // A hundredth of 4,096 pages is 40: and a pageblock of 16 more in 6.1, rounded up to three of them in 6.12.
  test.each([
    ["6.1", GFP.SENSITIVE, 4],
    ["6.1", 0, 4],
    ["6.12", GFP.SENSITIVE, 3],
    ["6.12", 0, 3],
  ] as const)(
    "is built to its limit in %s (gfp %i: %i pageblocks), given up in need, and no page is lost",
    (kernel, gfp, limit) => {
      const zones = [{ name: "Normal", node: 0, startPfn: 0, spanned: 4096, managed: 4096 }] as const;
      const booted = bootKernel({ design, kernel, zones, geometry: MEDIUM });
      const reserve = reserveHighatomic(booted, gfp);
      expect(reserve.reserved).toBe(limit);
      expect(reserve.left).toBeLessThan(limit);
      expect(reserve.refused).toBeGreaterThan(0);
      // What is still reserved does not merge with its neighbour.
      expect(booted.buddyinfo()).toBe(
        `Node 0, zone   Normal      0      0      0      0      ${reserve.left * 2}    ${128 - reserve.left} \n`,
      );
      expect(booted.violations()).toEqual([]);
    },
  );
});
