import type { DeclaredBreak, Design } from "../../../model/design.ts";
import { GFP } from "../../../model/gfp.ts";
import type { Program } from "../../../model/program.ts";
import { mmapFault, zapUserPage } from "../../asi/mm-switch/user-pages.ts";
import { type Part, type Shootdown, withParts } from "../../asi/parts.ts";
import { processMadvise, type ZapSwitches } from "../../asi/shootdown/flush-batched-pending.ts";
import { generationShootdown } from "../../asi/shootdown/generations.ts";
import { ipiShootdown } from "../../asi/shootdown/kernel-range.ts";
import { type MmRangeSwitches, mmRangeFlush } from "../../asi/shootdown/mm-range.ts";
import { batchFlush, tlbBatch } from "../../asi/shootdown/tlbbatch.ts";
import { tryToUnmap } from "../../asi/shootdown/try-to-unmap.ts";
import { asiCore } from "../../asi/transitions/core.ts";
import { type AsiSwitches, CORRECT_ASI, type TransitionPolicy } from "../../asi/transitions/switches.ts";
import { mapOnAlloc, unmapOnFree } from "./map-on-alloc.ts";

/** What sets a variant of asi-probe apart. */
export interface AsiVariant {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly transitions: TransitionPolicy;
  readonly switches?: Partial<AsiSwitches>;
  /** What suits the transitions when absent: IPIs to all CPUs, or by generations. */
  readonly shootdown?: Shootdown;
  readonly mmFlush?: Partial<MmRangeSwitches>;
  readonly zap?: Partial<ZapSwitches>;
  /** Every unmapping flushes everything, as a range above the ceiling does; then generations need no bump. */
  readonly flushesAll?: boolean;
  readonly breaks?: readonly DeclaredBreak[];
  readonly worlds?: readonly string[];
}

const PROMISES = [
  "S1",
  "S2",
  "S3",
  "S8",
  "S13",
  "S16a",
  "S17",
  "S18",
  "S19",
  "S21",
  "S22",
  "S23",
  "S28",
  "L8",
  "DEADLOCK",
  "REFINE-page",
] as const;

/**
 * The plain reference for the CPU's side of ASI: nonsensitive memory is mapped when it is handed out and unmapped and flushed
 * when it is freed, page by page and synchronously, so that whatever goes wrong is the transitions' doing.
 *
 * - **Leaves out**: frees where a flush may not be made (the async-free design exists for them).
 */
export const asiProbe: Design = makeAsiProbe({
  id: "asi-probe",
  title: "transitions that flush",
  summary: "Memory is mapped on allocation and unmapped with a flush on free; every transition flushes what it loads.",
  transitions: "flush",
  worlds: [
    "transitions",
    "faults",
    "enter-again",
    "two-mms",
    "back-online",
    "user-slots",
    "borrowed-mm",
    "reclaim-batches,calls=1+1+0",
  ],
});

/** The same with transitions that keep what a generation says is up to date. */
export const asiProbeGenerations: Design = makeAsiProbe({
  id: "asi-probe-generations",
  title: "transitions by generations",
  summary: "As asi-probe, but entering flushes a PCID only when its generation is behind, and flushes bump it.",
  transitions: "generations",
  worlds: ["transitions", "two-slots", "three-mms", "entering", "coming-back", "leaving-lazy"],
});

/** Transitions by generations under flushes of everything on every CPU that is online, which no generation has to record. */
export const asiProbeFullFlush: Design = makeAsiProbe({
  id: "asi-probe-full-flush",
  title: "transitions by generations, full flushes",
  summary: "As asi-probe-generations, but what is unmapped is flushed by dropping everything on every online CPU.",
  transitions: "generations",
  flushesAll: true,
  worlds: ["hotplug", "back-online"],
});

/** The design, or one of its variants, with code built for its switches. */
export function makeAsiProbe(variant: AsiVariant): Design {
  const { transitions } = variant;
  const core = asiCore({ transitions, switches: { ...CORRECT_ASI, ...variant.switches } });
  const shootdown = variant.shootdown ?? shootdownFor(variant);
  const mmFlush = mmRangeFlush({
    ...variant.mmFlush,
    transitionsFlush: transitions === "flush",
    leaveMm: core.leaveMm,
  });
  const zap = zapUserPage(mmFlush.flush, variant.zap);
  const breaks = variant.breaks ?? [];
  const broken = new Set(breaks.map(({ claim }) => claim));
  return {
    id: variant.id,
    title: variant.title,
    summary: variant.summary,
    canary: breaks.length > 0,
    probe: true,
    protectedMap: "restricted",
    protects: (gfp) => ((gfp & GFP.SENSITIVE) !== 0 ? "yes" : "no"),
    promises: PROMISES.filter((claim) => !broken.has(claim)),
    breaks,
    notApplicable: { L4: "the design has no queue" },
    groups: [...shootdown.groups, ...mmFlush.groups],
    programs: [...shootdown.programs],
    hooks: { allocated: mapOnAlloc, freePrepare: unmapOnFree(shootdown.flush, zap, variant.flushesAll === true) },
    workers: [],
    lists: () => [],
    asi: withParts(core, [
      shootdown,
      mmFlush,
      userPages(zap),
      reclaim(batchFlush(mmFlush), processMadvise(mmFlush.flush, variant.zap)),
    ]),
    ...(variant.worlds === undefined ? {} : { worlds: variant.worlds }),
    leavesOut: ["Frees in interrupt context, where the flush is illegal: the page is lost."],
  };
}

function shootdownFor({ transitions, flushesAll }: AsiVariant): Shootdown {
  return transitions === "flush" || flushesAll === true ? ipiShootdown() : generationShootdown();
}

function userPages(zap: Program): Part {
  return { groups: [], programs: [mmapFault, zap], calls: { mmap_fault: mmapFault } };
}

function reclaim(flush: Program, madvise: Program): Part {
  const shrink = tryToUnmap(flush);
  return {
    groups: [tlbBatch],
    programs: [flush, shrink, madvise],
    calls: { shrink_folio_list: shrink, process_madvise: madvise },
  };
}
