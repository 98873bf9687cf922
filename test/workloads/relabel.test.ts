import { describe, expect, test } from "vitest";
import { bootKernel } from "../../harness/boot-kernel.ts";
import { isolateEachLabel } from "../../harness/workloads/relabel.ts";
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
