import { describe, expect, it } from "vitest";
import { useOfRequest } from "../../harness/trace-replay/lru-class.ts";
import { GFP } from "../../model/gfp.ts";
import { USE_ANON, USE_FILE, USE_KERNEL } from "../../model/ledger.ts";
import { alloc, by, free, replay } from "./trace-text.ts";

const a = (event: string): string => by("a-7", 0, event);
const kswapd = (event: string): string => by("kswapd0-44", 1, event);

const BEGIN = "mm_vmscan_direct_reclaim_begin: order=0 gfp_flags=GFP_KERNEL";
const END = "mm_vmscan_direct_reclaim_end: nr_reclaimed=1";
const COMPACT = "mm_compaction_begin: zone_start=0x1 migrate_pfn=0x1 free_pfn=0x600 zone_end=0x800, mode=sync";

describe("frees by the recorded kernel's reclaim", () => {
  const lines = [
    a(alloc(1, 0, 1)),
    kswapd(free(1)),
    a(alloc(2, 0, 1)),
    a(BEGIN),
    a(free(2)),
    a(END),
    a(alloc(3)),
    a(free(3)),
  ];

  it("are executed as recorded", async () => {
    const { fates } = await replay(lines);
    expect(fates).toMatchObject({ allocs: 3, frees: 3, dropped: 0 });
  });

  it("are dropped in a closed loop: kswapd's, and those inside a task's direct reclaim, and no others", async () => {
    const { fates, work } = await replay(lines, { mode: "closed-loop" });
    expect(fates).toMatchObject({ allocs: 3, frees: 1, dropped: 2, takenAway: 0 });
    expect(work.refaults).toBe(0);
  });

  it("are the workload's when an interrupt makes them", async () => {
    const interrupt = by("kswapd0-44", 1, free(1), "..s1.");
    const { fates } = await replay([a(alloc(1)), interrupt], { mode: "closed-loop" });
    expect(fates).toMatchObject({ frees: 1, dropped: 0 });
  });
});

describe("frames that the recorded kernel's compaction empties", () => {
  it("are not freed; the content is, when its new frame is freed", async () => {
    const lines = [a(alloc(1, 0, 1)), a(COMPACT), a(free(1)), by("b-8", 1, free(0x500))];
    const { fates } = await replay(lines, { lookAhead: true });
    expect(fates).toMatchObject({ allocs: 1, moved: 1, frees: 1, untraced: 0 });
  });
});

describe("the class of a request", () => {
  it("is anonymous, page cache, or on no LRU list, as its flags tell", () => {
    const classes = [
      GFP.HIGHUSER_MOVABLE | GFP.ZERO,
      GFP.HIGHUSER_MOVABLE | GFP.WRITE,
      GFP.NOFS | GFP.MOVABLE,
      GFP.HIGHUSER_MOVABLE | GFP.NORETRY | GFP.NOWARN,
      GFP.KERNEL,
    ].map(useOfRequest);
    expect(classes).toEqual([USE_ANON, USE_FILE, USE_FILE, USE_FILE, USE_KERNEL]);
  });
});
