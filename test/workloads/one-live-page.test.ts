import { describe, expect, test } from "vitest";
import { bootKernel } from "../../harness/boot-kernel.ts";
import { NONSENSITIVE, SENSITIVE } from "../../harness/workloads/kinds.ts";
import { oneLivePage } from "../../harness/workloads/one-live-page.ts";
import { DESIGNS, smallWorld } from "./worlds.ts";

const BLOCKS = 1024 / 16;

describe.each(DESIGNS)("W4, one live page in each pageblock, under %s", (design) => {
  test.each([
    ["nonsensitive", SENSITIVE],
    ["sensitive", NONSENSITIVE],
  ])("still gives a single %s page, and no whole block", (asked, kind) => {
    const kernel = bootKernel(smallWorld(design));
    const { live, single, block } = oneLivePage(kernel, kind);
    expect(live).toHaveLength(BLOCKS);
    expect(single.ok).toBe(true);
    expect(block).toEqual({ ok: false, reason: "no-memory" });
    if (single.ok && design !== "no-asi") {
      expect(kernel.restrictedPresence(single.pfn, 1)).toBe(asked === "sensitive" ? "unmapped" : "mapped");
    }
    expect(kernel.buddyinfo()).toMatch(/^(Node 0, zone +\S+( +\d+){4} +0 +0 \n){2}$/);
    expect(kernel.violations()).toEqual([]);
  });
});
