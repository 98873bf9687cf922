import type { DeclaredBreak, Design } from "../../../model/design.ts";
import { splittingMirror } from "../../asi/physmap/sized-physmap.ts";
import { ipiShootdown } from "../../asi/shootdown/kernel-range.ts";
import { ceilingInBytes } from "../flip-probe/broken/ceiling-in-bytes.ts";
import { makeFlipProbe } from "../flip-probe/design.ts";

const STALE = "another CPU may still use the old translation when the next owner writes its secret";
/** What follows when a secret is handed out with a translation outstanding. */
const LEAK = ["S1", "S3", "S16a", "REFINE-page"] as const;

/** The claims of a canary, the one that is violated first by the catalogue before all. */
function breaks(because: string, ...claims: readonly string[]): readonly DeclaredBreak[] {
  return claims.map((claim) => ({ claim, because }));
}

/** 1 of the bug catalogue; the others carry their numbers too. */
export const trustsClearLeaves: Design = makeFlipProbe({
  id: "canary-trusts-clear-leaves",
  title: "trusts clear leaves",
  summary: "A second flipper finds the leaves clear and skips the flush that the first is still waiting for.",
  switches: { trustClearLeaves: true },
  breaks: breaks(STALE, "S5", ...LEAK, "S6", "S7", "S11", "S12"),
  worlds: ["flip,calls=1+1"],
});

/** 2 and 4. */
export const listsBeforeFlush: Design = makeFlipProbe({
  id: "canary-lists-before-flush",
  title: "lists the block before the flush",
  summary: "The block is on the sensitive lists, and the lock dropped, before the flush.",
  switches: { listBeforeFlush: true },
  breaks: breaks(STALE, "S5", ...LEAK, "S6", "S11", "S12"),
  worlds: ["flip,calls=1+1"],
});

/** 3. */
export const labelRunsAhead: Design = makeFlipProbe({
  id: "canary-label-runs-ahead",
  title: "label says what is going to be",
  summary: "The label is turned over, with the block on the lists, before anything else; others read it as final.",
  switches: { relabelFirst: true },
  breaks: breaks("the label is believed while the flush is pending", "S6", ...LEAK, "S2", "S5", "S11", "S12", "S30"),
  worlds: ["flip,calls=1+1"],
});

/** 5 and 36. */
export const remainderBeforeFlush: Design = makeFlipProbe({
  id: "canary-remainder-before-flush",
  title: "lists the remainder before the flush",
  summary: "Only the caller's own pages wait for the flush; the rest of the block is on the lists before it.",
  switches: { remainderBeforeFlush: true },
  breaks: breaks(STALE, "S5", ...LEAK, "S6", "S11", "S12"),
  worlds: ["flip,calls=1+1"],
});

/** 16. */
export const countsPcpPages: Design = makeFlipProbe({
  id: "canary-counts-pcp-pages",
  title: "flips a block with a page on a per-CPU list",
  summary: "Pages on per-CPU lists count as free when a block is chosen, and stay on lists of the old label.",
  switches: { countPcpPages: true },
  breaks: breaks(
    "a page of the flipped block is served from a list of the other label, or is in another call's hand",
    "S11",
    "S12",
    "S17",
  ),
  worlds: ["cpus=2,pages=8,calls=1+1,setup=one-block-free"],
});

/** 24. */
export const mergesAcross: Design = makeFlipProbe({
  id: "canary-merges-across",
  title: "merges across sensitivities",
  summary: "A freed pageblock merges with its free buddy of the other label and joins the list of its own.",
  switches: { mergeAcross: true },
  breaks: breaks("half of the merged block is mapped otherwise than its list says", "S9", "S10"),
  worlds: ["flip-blocks"],
});

/** 25. */
export const reserveForgetsLabel: Design = makeFlipProbe({
  id: "canary-reserve-forgets-label",
  title: "a reserve forgets the label",
  summary: "The pageblock of a page just served is put aside under a type without sensitivity.",
  switches: { forgetfulReserve: true },
  breaks: breaks(
    "mapped memory is on sensitive lists",
    "S30",
    "S2",
    "S3",
    "S6",
    "S16a",
    "REFINE-page",
    "REFINE-pageblock",
  ),
  worlds: ["cpus=1,pages=8,calls=2"],
});

/** 27. */
export const flipsWithoutFlush: Design = makeFlipProbe({
  id: "canary-flips-without-flush",
  title: "flips without a flush",
  summary: "Leaves are cleared and the block is handed out, with no flush.",
  switches: { skipFlush: true },
  breaks: breaks(STALE, "S3", "S1", "S5", "S6", "S16a", "REFINE-page"),
  worlds: ["flip,calls=1+1"],
});

/** 28. */
export const keepsPartialMap: Design = makeFlipProbe({
  id: "canary-keeps-partial-map",
  title: "keeps a partial map",
  summary: "A map that fails in the middle is left as it is, and the block goes back under its old label.",
  physmap: splittingMirror({
    shootdown: ipiShootdown(),
    leaf: "4k",
    failAtLeaves: true,
    switches: { keepsPartialMap: true },
  }),
  notApplicable: {},
  breaks: breaks("a block labelled sensitive has present leaves", "S26", "S6", "S7"),
  worlds: ["flip-tables,calls=1"],
});

/** 28, put half right. */
export const undoesWithoutFlush: Design = makeFlipProbe({
  id: "canary-undoes-without-flush",
  title: "undoes a map without a flush",
  summary: "A map that fails in the middle is undone leaf by leaf; nobody flushes what was mapped meanwhile.",
  physmap: splittingMirror({ shootdown: ipiShootdown(), leaf: "4k", failAtLeaves: true }),
  switches: { undoWithoutFlush: true },
  notApplicable: {},
  breaks: breaks(
    "the next secret in the block is reachable by what was cached while the map was under way",
    "S6",
    "S5",
  ),
  worlds: ["flip-tables"],
});

/** 34. */
export const mapsSecrets: Design = makeFlipProbe({
  id: "canary-flip-maps-secrets",
  title: "maps a block without zeroing it",
  summary: "A block becomes nonsensitive with the secrets of its last owners in it.",
  switches: { skipZero: true },
  breaks: breaks("old secrets become readable by everybody", "S13", "S6", "REFINE-page"),
  worlds: ["flip-up,calls=1"],
});

/** 48. */
export const zeroesTooLate: Design = makeFlipProbe({
  id: "canary-zeroes-too-late",
  title: "zeroes after mapping",
  summary: "A block is mapped first and zeroed afterwards.",
  switches: { mapBeforeZero: true },
  breaks: breaks("old secrets are readable until the last frame is zeroed", "S13", "REFINE-page"),
  worlds: ["flip-up,calls=1"],
});

/** 35. */
export const labelBeforeAcks: Design = makeFlipProbe({
  id: "canary-label-before-acks",
  title: "labels before the acknowledgements",
  summary: "The label says sensitive while other CPUs have still to flush.",
  switches: { labelBeforeAcks: true },
  breaks: breaks("the label is not true yet", "S6"),
  worlds: ["flip,calls=1+1"],
});

/** 52. */
export const flipsUnderLock: Design = makeFlipProbe({
  id: "canary-flips-under-lock",
  title: "flips under zone->lock",
  summary: "The lock is held, with interrupts off, while the block is flipped.",
  switches: { flipUnderLock: true },
  breaks: breaks(
    "the other CPU spins for the lock with interrupts off and never acknowledges",
    "S23",
    "L1",
    "DEADLOCK",
  ),
  worlds: ["cpus=1,pages=8,calls=1,setup=flipped", "flip,calls=1+1"],
});

/** m11 before m9. */
export const handsOutBeforeAcks: Design = makeFlipProbe({
  id: "canary-hands-out-before-acks",
  title: "hands out before the acknowledgements",
  summary: "The IPIs are sent, and nobody waits for them.",
  switches: { handOutBeforeAcks: true },
  breaks: breaks(STALE, "S5", ...LEAK, "S6", "REFINE-shootdown"),
  worlds: ["flip,calls=1+1"],
});

/** 50. Where transitions keep entries, only a flush of everything reaches a PCID that is not loaded. */
export const countsBytes: Design = makeFlipProbe({
  id: "canary-ceiling-in-bytes",
  title: "compares pages with a ceiling in bytes",
  summary:
    "No flush is ever above the ceiling, so each goes page by page in the loaded PCID, under transitions that keep entries.",
  transitions: "generations",
  shootdown: ceilingInBytes(ipiShootdown()),
  breaks: breaks(STALE, "S3", "S6", "S16a", "S20", "REFINE-page"),
  worlds: ["flip-spaces"],
});

/** 29, where it hurts. */
export const fallsBackUnmapped: Design = makeFlipProbe({
  id: "canary-falls-back-unmapped",
  title: "hands a critical section an unmapped page",
  summary: "A nonsensitive request that may not flip is given a sensitive page, unmapped as it is.",
  switches: { unmappedFallback: true },
  breaks: breaks("the first touch faults where a fault must not leave", "S16b"),
  worlds: ["flip-atomic"],
});

/** In the order of the catalogue. */
export const FLIP_CANARIES: readonly Design[] = [
  trustsClearLeaves,
  listsBeforeFlush,
  labelRunsAhead,
  remainderBeforeFlush,
  countsPcpPages,
  mergesAcross,
  reserveForgetsLabel,
  flipsWithoutFlush,
  keepsPartialMap,
  undoesWithoutFlush,
  mapsSecrets,
  zeroesTooLate,
  labelBeforeAcks,
  flipsUnderLock,
  handsOutBeforeAcks,
  countsBytes,
  fallsBackUnmapped,
];
