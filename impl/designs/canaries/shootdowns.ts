import type { DeclaredBreak, Design } from "../../../model/design.ts";
import { defineProgram, type Program } from "../../../model/program.ts";
import { broadcastShootdown } from "../../asi/shootdown/broadcast.ts";
import { bumpGlobalGen, generationShootdown } from "../../asi/shootdown/generations.ts";
import { ipiShootdown } from "../../asi/shootdown/kernel-range.ts";
import { asiCore } from "../../asi/transitions/core.ts";
import { CORRECT_ASI } from "../../asi/transitions/switches.ts";
import { vmallocAreas } from "../../asi/vmalloc/vmalloc.ts";
import { makeAsiProbe } from "../asi-probe/design.ts";
import { makeBatchProbe } from "../batch-probe/design.ts";
import { makeFlipProbe } from "../flip-probe/design.ts";

/**
 * Shootdowns that are broken in exactly one way; numbers are those of the bug catalogue. Pages are flipped one by one
 * (batch-probe) where the flush has to stay below the ceiling to be wrong, blocks at once (flip-probe) elsewhere.
 */

const flushing = asiCore({ transitions: "flush", switches: CORRECT_ASI });
const keeping = asiCore({ transitions: "generations", switches: CORRECT_ASI });

function broken(ids: readonly string[], because: string): readonly DeclaredBreak[] {
  return ids.map((claim) => ({ claim, because }));
}

/** What a stale entry on some CPU leads to in a design that frees a page after its flush. */
const STALE_PAGE = ["S3", "S8", "S16a", "REFINE-page"];

/** The same in one that flips whole blocks and labels them. The other CPU's load of the secret itself is S1. */
const STALE_BLOCK = ["S3", "S6", "S16a", "S20", "REFINE-page"];

/** 18. */
const creditsLate: Design = makeBatchProbe({
  id: "canary-batch-lost-update",
  title: "takes what is pending for flushed",
  summary: "When a batched flush ends, everything that waits is freed, also what was queued after the flush began.",
  switches: { creditLate: true },
  breaks: broken(["S1", ...STALE_PAGE], "a page queued meanwhile was cleared after the other CPUs had invalidated"),
  worlds: ["batch"],
});

const keepsEpoch: Design = makeBatchProbe({
  id: "canary-batch-without-epochs",
  title: "credits a second clear with the first one's flush",
  summary:
    "A page is taken back from the batch, mapped, and freed again, while the flush that covered its first clear runs.",
  switches: { keepEpoch: true },
  breaks: broken(["S8", "L4"], "the CPUs that had acknowledged filled the page again before it was cleared again"),
  worlds: ["batch"],
});

/** 19. */
const flushesFirst: Design = makeBatchProbe({
  id: "canary-flush-then-clear",
  title: "flushes first and clears afterwards",
  summary: "The leaves of a batch are cleared when its flush has ended.",
  switches: { clearLate: true },
  breaks: broken(["S1", ...STALE_PAGE], "between flush and clear every CPU may fill the page again"),
  worlds: ["batch"],
});

/** 32. */
const waitsUnderLock: Design = makeBatchProbe({
  id: "canary-batch-under-lock",
  title: "waits for acknowledgements under a lock",
  summary: "The queue's lock is held, with interrupts off, while the batched flush waits.",
  asi: flushing,
  switches: { flushUnderLock: true },
  breaks: [
    { claim: "S23", because: "a shootdown is started with interrupts off and a lock held" },
    { claim: "L1", because: "the other CPU spins for the lock with interrupts off and never acknowledges" },
    { claim: "DEADLOCK", because: "neither CPU goes on" },
  ],
  worlds: ["batch-asi,calls=1+1"],
});

/** 20, the range. */
const endsEarly: Design = makeBatchProbe({
  id: "canary-broadcast-ends-early",
  title: "broadcasts one page too few",
  summary: "INVLPGB is told a range that ends before its last page.",
  asi: flushing,
  shootdown: broadcastShootdown({ endsEarly: true }),
  breaks: broken(["S8"], "the last page of every range of several stays in the other CPUs' TLBs"),
  worlds: ["batch-asi"],
});

/** 20, the wait. */
const skipsSync: Design = makeFlipProbe({
  id: "canary-broadcast-without-sync",
  title: "does not wait for its broadcast",
  summary: "INVLPGB is taken for done; no TLBSYNC follows.",
  shootdown: broadcastShootdown({ skipSync: true }),
  breaks: broken(["S1", "S23", ...STALE_BLOCK], "INVLPGB promises nothing before TLBSYNC"),
  worlds: ["flip-asi"],
});

/** 20, the CPU. */
const migratesMidBroadcast: Design = makeFlipProbe({
  id: "canary-broadcast-migrates",
  title: "executes TLBSYNC on another CPU",
  summary: "Preemption stays on between INVLPGB and TLBSYNC, and the task is moved.",
  shootdown: broadcastShootdown({ mayMigrate: true }),
  breaks: broken(["S1", "S23", ...STALE_BLOCK], "TLBSYNC waits for its own CPU's INVLPGB only"),
  worlds: ["flip-asi"],
});

/** 37. */
const skipsLazy: Design = makeFlipProbe({
  id: "canary-skips-lazy-cpus",
  title: "spares lazy CPUs a kernel flush",
  summary: "A CPU in lazy TLB mode is not interrupted for a kernel range, as if it were a user's.",
  transitions: "generations",
  shootdown: ipiShootdown({ skipLazy: true }),
  breaks: broken(STALE_BLOCK, "a lazy CPU keeps its restricted entries, and its next entry keeps them too"),
  worlds: ["lazy-cpu"],
});

/** 38. */
const forgetsOtherSlots: Design = makeBatchProbe({
  id: "canary-forgets-other-slots",
  title: "does not set invalidate_other",
  summary: "The handler invalidates in the loaded slot's PCIDs, and nothing tells the other slots.",
  asi: keeping,
  shootdown: ipiShootdown({ everyClass: true, forgetOtherSlots: true }),
  breaks: broken(STALE_PAGE, "another slot's restricted PCID keeps the entry, and its next entry keeps it too"),
  worlds: ["slot-behind"],
});

/** The handler of §8.4, m7: in unrestricted mode INVLPG leaves the restricted PCID as it is. */
const wrongPcid: Design = makeBatchProbe({
  id: "canary-flushes-loaded-pcid",
  title: "flushes the loaded PCID only",
  summary: "The kernel's handler as it is, under transitions that keep entries.",
  asi: keeping,
  shootdown: ipiShootdown(),
  breaks: broken(STALE_PAGE, "the restricted PCID of the same slot keeps the entry, and no generation says so"),
  worlds: ["one-cpu"],
});

/** 41. */
const bumpsEarly: Design = makeBatchProbe({
  id: "canary-generation-before-clear",
  title: "bumps the generation before the clear",
  summary: "The new generation is announced, then the leaves are cleared, then CPUs are told of the generation.",
  asi: keeping,
  shootdown: generationShootdown({ bumpsBeforeClear: true }),
  prepare: bumpFirst(),
  breaks: broken(["S8"], "a CPU that enters in between records the generation and fills the page afterwards"),
  worlds: ["generations"],
});

/** What a flush may not do when a generation was missed: the pages of the last one alone. */
const alwaysPartial: Design = makeBatchProbe({
  id: "canary-skips-missed-generations",
  title: "drops the last range only",
  summary: "A CPU that is two generations behind invalidates the latest range and records the latest generation.",
  asi: keeping,
  shootdown: generationShootdown({ alwaysPartial: true }),
  bound: 0,
  breaks: broken(["S8"], "the range of the generation in between is recorded as flushed, and is not"),
  worlds: ["generations,calls=1+2"],
});

/** A flush that no fence separates from the clear: x2APIC's ICR write is not serialising. */
const sendsUnfenced: Design = makeFlipProbe({
  id: "canary-ipi-unfenced",
  title: "sends the IPI before its clear is visible",
  summary: "No fence stands between clearing the leaves and the IPI.",
  shootdown: ipiShootdown({ skipFence: true }),
  breaks: broken(["S6"], "the target invalidates while the old entry is all that it can see"),
  worlds: ["flip-stores"],
});

/** The barrier between curr_asi and the generation: store buffering, on both sides. */
const readsGensUnfenced: Design = makeFlipProbe({
  id: "canary-gens-unfenced",
  title: "reads the generation before curr_asi is visible",
  summary: "Entering, no barrier stands between the store of curr_asi and the read of the generation.",
  transitions: "generations",
  asi: { gensReadUnfenced: true },
  breaks: broken(["S1", ...STALE_BLOCK], "the flusher sees no curr_asi, the entering CPU no new generation"),
  worlds: ["flip-generations"],
});

/** 13. */
const globalLeaves: Design = makeBatchProbe({
  id: "canary-global-leaves",
  title: "leaves the kernel's pages global",
  summary: "The kernel's leaves of the unrestricted map keep the global bit.",
  asi: asiCore({ transitions: "flush", switches: { ...CORRECT_ASI, globalKernel: true } }),
  breaks: broken(
    ["S4", ...STALE_PAGE],
    "a global entry answers under the restricted PCID and survives every CR3 write",
  ),
  worlds: ["one-cpu"],
});

/** W15. */
const forgetsAliases: Design = makeBatchProbe({
  id: "canary-forgets-aliases",
  title: "knows the physmap's address only",
  summary:
    "A page is flushed at its address in the physmap while a freed kernel area that showed it has not been purged.",
  asi: keeping,
  shootdown: ipiShootdown({ everyClass: true }),
  vmalloc: vmallocAreas(ipiShootdown({ everyClass: true }), true),
  breaks: broken(["S29", ...STALE_PAGE], "the secret is read at the area's address"),
  worlds: ["aliases"],
});

/** 1. */
const skipsPendingBatch: Design = makeAsiProbe({
  id: "canary-trusts-clear-pte",
  title: "takes a clear PTE for a flushed one",
  summary:
    "A page whose PTE reclaim has cleared is freed without a flush, while reclaim's batch still waits for its own.",
  transitions: "flush",
  zap: { skipsBatched: true },
  breaks: broken(["S1"], "a CPU of the process holds the entry when the page is another process's"),
  worlds: ["reclaim-batch"],
});

/** 18, in rmap. */
const losesPending: Design = makeAsiProbe({
  id: "canary-tlbbatch-lost-update",
  title: "forgets what became pending meanwhile",
  summary:
    "When the flush of what reclaim left pending has ended, the counter is set to flushed, whatever it is by then.",
  transitions: "flush",
  zap: { forgetsNewPending: true },
  breaks: broken(
    ["S1"],
    "reclaim cleared another PTE after the flush, and whoever frees that page sees nothing pending",
  ),
  worlds: ["reclaim-batches"],
});

/** All of them, in the order of reports. */
export const SHOOTDOWN_CANARIES: readonly Design[] = [
  creditsLate,
  keepsEpoch,
  flushesFirst,
  waitsUnderLock,
  endsEarly,
  skipsSync,
  migratesMidBroadcast,
  skipsLazy,
  forgetsOtherSlots,
  wrongPcid,
  bumpsEarly,
  alwaysPartial,
  sendsUnfenced,
  readsGensUnfenced,
  globalLeaves,
  forgetsAliases,
  skipsPendingBatch,
  losesPending,
];

function bumpFirst(): Program {
  return defineProgram({
    name: "inc_tlb_gen_early",
    role: "inner",
    locals: [],
    steps: [
      {
        label: "bump",
        imitates: "inc_tlb_gen",
        needs: "any",
        cost: "none",
        touches: ["tlbstate.globalGen", "tso.column", "tso.row", "tso.value"],
        run: (k, f) => {
          bumpGlobalGen(k);
          return f.return(0);
        },
      },
    ],
  });
}
