import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KernelVersion } from "../../model/gfp.ts";
import {
  GFP,
  GFP_V6_1,
  GFP_V6_12,
  gfpAllowsBlocking,
  gfpToString,
  isSensitiveUnderPolicy,
  migratetypeOf,
  parseGfp,
} from "../../model/gfp.ts";

const VERSIONS: readonly KernelVersion[] = ["6.1", "6.12"];

describe("gfp flags", () => {
  it("give the same name its own value in each kernel", () => {
    expect([GFP_V6_1.ATOMIC, GFP_V6_12.ATOMIC]).toEqual([0xa20, 0x820]);
    expect([GFP_V6_1.NOWAIT, GFP_V6_12.NOWAIT]).toEqual([0x800, 0x2800]);
    expect(parseGfp("6.1")("GFP_ATOMIC|__GFP_NOWARN").gfp).toBe(0x2a20);
    expect(parseGfp("6.12")("GFP_ATOMIC|__GFP_NOWARN").gfp).toBe(0x2820);
  });

  it("are built from their parts as the kernel builds them", () => {
    expect(GFP.KERNEL).toBe(GFP.RECLAIM | GFP.IO | GFP.FS);
    expect(GFP.KERNEL_ACCOUNT).toBe(GFP.KERNEL | GFP.ACCOUNT);
    expect(GFP.HIGHUSER_MOVABLE).toBe(GFP.KERNEL | GFP.HARDWALL | GFP.HIGHMEM | GFP.MOVABLE);
    expect(GFP.TRANSHUGE).toBe((GFP.HIGHUSER_MOVABLE & ~GFP.KSWAPD_RECLAIM) | GFP.COMP | GFP.NOMEMALLOC | GFP.NOWARN);
    expect(GFP_V6_1.ATOMIC).toBe(GFP_V6_1.HIGH | GFP_V6_1.ATOMIC_BIT | GFP_V6_1.KSWAPD_RECLAIM);
  });

  it("print what a 6.1 kernel printed for 13 recorded flag words", () => {
    const parse = parseGfp("6.1");
    for (const text of RECORDED_6_1) expect(gfpToString(parse(text).gfp, "6.1")).toBe(text);
  });

  it("survive printing and parsing for every word below 2^30, in both kernels", () => {
    for (const version of VERSIONS) {
      const parse = parseGfp(version);
      fc.assert(
        fc.property(fc.nat(2 ** 30 - 1), (gfp) => {
          expect(parse(gfpToString(gfp, version))).toEqual({ gfp, unknown: [] });
        }),
        { seed: 61, numRuns: 500 },
      );
    }
  });

  it("name a flag that the kernel version does not have instead of dropping it", () => {
    expect(parseGfp("6.12")("GFP_KERNEL|__GFP_ATOMIC|__GFP_COLD")).toEqual({
      gfp: GFP.KERNEL,
      unknown: ["__GFP_ATOMIC", "__GFP_COLD"],
    });
  });

  it("call user and page-cache memory sensitive and kernel memory not", () => {
    const sensitive = (text: string) => isSensitiveUnderPolicy(parseGfp("6.1")(text).gfp);
    expect(SENSITIVE_WORDS.filter((word) => !sensitive(word))).toEqual([]);
    expect(KERNEL_WORDS.filter((word) => sensitive(word))).toEqual([]);
  });

  it("ask for the migratetype that gfp_migratetype computes", () => {
    expect([GFP.KERNEL, GFP.HIGHUSER_MOVABLE, GFP.KERNEL | GFP.RECLAIMABLE].map(migratetypeOf)).toEqual([0, 1, 2]);
  });

  it("allow sleeping exactly with direct reclaim", () => {
    expect([GFP.KERNEL, GFP.NOFS, GFP.ATOMIC, GFP.NOWAIT].map(gfpAllowsBlocking)).toEqual([true, true, false, false]);
  });
});

const SENSITIVE_WORDS = [
  "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO",
  "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_WRITE",
  "GFP_HIGHUSER|__GFP_ACCOUNT",
  "GFP_NOFS|__GFP_HIGHMEM|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_HARDWALL|__GFP_MOVABLE",
  "GFP_NOFS|__GFP_NOFAIL|__GFP_COMP|__GFP_HARDWALL",
  "GFP_TRANSHUGE",
];

const KERNEL_WORDS = [
  "GFP_KERNEL_ACCOUNT|__GFP_ZERO",
  "GFP_NOWAIT|__GFP_NOWARN",
  "GFP_KERNEL|__GFP_NOWARN|__GFP_COMP|__GFP_NOMEMALLOC",
  "GFP_NOFS|__GFP_NOWARN|__GFP_NORETRY|__GFP_RECLAIMABLE",
  "__GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC",
  "none",
];

const RECORDED_6_1 = [
  ...SENSITIVE_WORDS,
  ...KERNEL_WORDS,
  "__GFP_IO|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC|__GFP_RECLAIMABLE",
];
