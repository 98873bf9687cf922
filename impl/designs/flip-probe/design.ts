import type { DeclaredBreak, Design, Hooks } from "../../../model/design.ts";
import { GFP } from "../../../model/gfp.ts";
import type { Program } from "../../../model/program.ts";
import type { ListKind } from "../../../model/world.ts";
import type { Physmap, Shootdown } from "../../asi/parts.ts";
import { withParts } from "../../asi/parts.ts";
import { mirror4k } from "../../asi/physmap/mirror-4k.ts";
import { generationShootdown } from "../../asi/shootdown/generations.ts";
import { ipiShootdown } from "../../asi/shootdown/kernel-range.ts";
import { asiCore } from "../../asi/transitions/core.ts";
import { type AsiSwitches, CORRECT_ASI, type TransitionPolicy } from "../../asi/transitions/switches.ts";
import { countPcpPages } from "./broken/count-pcp-pages.ts";
import { forgetfulReserve } from "./broken/forgetful-reserve.ts";
import { hastyShootdown } from "./broken/hasty-shootdown.ts";
import { mergeAcross } from "./broken/merge-across.ts";
import { trustClearLeaves } from "./broken/trust-clear-leaves.ts";
import { EARLY_STEP, type FlipParts, flipBlock, LABEL_STEP } from "./flip.ts";
import { isSensitiveBlock, NONSENSITIVE, SENSITIVE } from "./label.ts";
import { CORRECT, type FlipSwitches } from "./switches.ts";

/** What sets a variant of flip-probe apart: the parts it is built from, a name, and what is wrong with it. */
export interface FlipVariant {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  /** Whether every transition flushes, or only those that are behind; the former when absent. */
  readonly transitions?: TransitionPolicy;
  /** 4K leaves that exist from boot when absent. */
  readonly physmap?: Physmap & { readonly lists?: readonly ListKind[] };
  /** What suits the transitions when absent: IPIs to all CPUs, or by generations. */
  readonly shootdown?: Shootdown;
  readonly asi?: Partial<AsiSwitches>;
  readonly switches?: Partial<FlipSwitches>;
  readonly breaks?: readonly DeclaredBreak[];
  readonly worlds?: readonly string[];
  readonly notApplicable?: Readonly<Record<string, string>>;
}

/** Designs that are more than a probe have to see to these. */
const FAST_PATH_ONLY = "fallbacks between migratetypes, reserves and compaction move pages past its labels";

/** Flips fail only where mapping does. */
const CANNOT_FAIL = { S26: "the tables exist from boot: no flip fails halfway" };

const PROMISES = [
  "S1",
  "S2",
  "S3",
  "S4",
  "S5",
  "S6",
  "S7",
  "S9",
  "S10",
  "S11",
  "S12",
  "S13",
  "S16a",
  "S16b",
  "S17",
  "S18",
  "S19",
  "S20",
  "S21",
  "S22",
  "S23",
  "S30",
  "L1",
  "L8",
  "DEADLOCK",
  "REFINE-page",
  "REFINE-cpu",
  "REFINE-pageblock",
  "REFINE-shootdown",
] as const;

/**
 * The plain reference flipper: a label per pageblock that says whether its memory is mapped; requests are served from blocks of
 * their kind, and when there are none a whole free block of the other kind is flipped.
 *
 * Free memory keeps its mapping: freeing never maps, unmaps, zeroes or flushes. A nonsensitive page that is freed stays
 * readable, a sensitive one keeps its secret in a block that no protected context maps.
 *
 * - **Source**: what the series of March and September 2025 have in common, in its simplest correct form.
 */
export const flipProbe: Design = makeFlipProbe({
  id: "flip-probe",
  title: "whole-block flips",
  summary: "Pageblocks are labelled by sensitivity; when one kind runs out a whole free block of the other is flipped.",
  worlds: ["flip", "flip-up", "flip-spaces,calls=1+1", "flip-atomic,calls=3", "two-mms,slots=2", "4k-leaf-slots"],
});

/** The design, or one of its variants, with code built from its parts and for its switches. */
export function makeFlipProbe(variant: FlipVariant): Design {
  const switches = { ...CORRECT, ...variant.switches };
  const transitions = variant.transitions ?? "flush";
  const physmap: NonNullable<FlipVariant["physmap"]> = variant.physmap ?? mirror4k();
  const asked = variant.shootdown ?? (transitions === "flush" ? ipiShootdown() : generationShootdown());
  const shootdown = switches.handOutBeforeAcks ? hastyShootdown(asked) : asked;
  const core = asiCore({ transitions, switches: { ...CORRECT_ASI, ...variant.asi } });
  const breaks = variant.breaks ?? [];
  const broken = new Set(breaks.map(({ claim }) => claim));
  const notApplicable = variant.notApplicable ?? CANNOT_FAIL;
  return {
    id: variant.id,
    title: variant.title,
    summary: variant.summary,
    canary: breaks.length > 0,
    protectedMap: "restricted",
    protects: (gfp) => ((gfp & GFP.SENSITIVE) !== 0 ? "yes" : "no"),
    promises: PROMISES.filter((claim) => !broken.has(claim)),
    breaks,
    notApplicable: {
      S8: "free nonsensitive memory stays mapped; S6, S7 and S10 say what holds instead",
      L4: "the design has no queue",
      ...notApplicable,
    },
    groups: [...physmap.groups, ...shootdown.groups],
    programs: [...physmap.programs, ...shootdown.programs],
    hooks: hooksOf({ physmap, shootdown, switches }),
    workers: [],
    freetypeBits: 1,
    lists: () => physmap.lists ?? [],
    sensitiveBlock: isSensitiveBlock,
    labelWriters: [LABEL_STEP, EARLY_STEP],
    asi: withParts(core, [physmap, shootdown]),
    ...(variant.worlds === undefined ? {} : { worlds: variant.worlds }),
    fastPathOnly: FAST_PATH_ONLY,
    leavesOut: [
      `The whole allocator: ${FAST_PATH_ONLY}.`,
      "What to do when memory of the other kind is free, but no whole block of it: compaction, waiting for others (L2, L9).",
      "Any policy for balancing the kinds: flips happen on demand only.",
    ],
  };
}

function hooksOf(parts: FlipParts): Hooks {
  const { switches } = parts;
  return {
    requestFlags: (gfp) => ((gfp & GFP.SENSITIVE) !== 0 ? SENSITIVE : NONSENSITIVE),
    refill: refillOf(parts),
    ...(switches.forgetfulReserve ? { allocated: forgetfulReserve() } : {}),
    ...(switches.mergeAcross ? { freePrepare: mergeAcross() } : {}),
  };
}

function refillOf(parts: FlipParts): Program {
  if (parts.switches.trustClearLeaves) return trustClearLeaves(parts);
  return parts.switches.countPcpPages ? countPcpPages(parts) : flipBlock(parts);
}
