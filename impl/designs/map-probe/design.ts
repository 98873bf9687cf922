import type { AsiCore, DeclaredBreak, Design } from "../../../model/design.ts";
import { assert } from "../../../model/failure.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { LEAF_BLOCK } from "../../../model/space-columns.ts";
import type { ListKind } from "../../../model/world.ts";
import { directMapCalls } from "../../asi/direct-map/calls.ts";
import { CORRECT_MIRROR, type MirrorSwitches } from "../../asi/direct-map/mirror-rule.ts";
import { type Part, type Shootdown, withParts } from "../../asi/parts.ts";
import type { MapSwitches } from "../../asi/physmap/sized-options.ts";
import { inStep, onDemand, type SizedPhysmap, splittingMirror } from "../../asi/physmap/sized-physmap.ts";
import { ipiShootdown } from "../../asi/shootdown/kernel-range.ts";
import type { TransitionPolicy } from "../../asi/transitions/switches.ts";
import { makeFlipProbe } from "../flip-probe/design.ts";

/** What sets a variant apart: how its restricted map is kept, and what is wrong with it. */
export interface MapVariant {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly strategy: "split" | "on-demand" | "in-step";
  /** Scenarios may change the direct map too. */
  readonly directMap: boolean;
  /** Any 4K leaf may fail to be stored, not only for want of a table. */
  readonly failAtLeaves?: boolean;
  readonly map?: Partial<MapSwitches>;
  readonly mirror?: Partial<MirrorSwitches>;
  /** Flushes flips; the kernel's own when absent. */
  readonly shootdown?: Shootdown;
  /** Flushes freed tables, where it is another. */
  readonly tableShootdown?: Shootdown;
  readonly transitions?: TransitionPolicy;
  readonly nonPresentEncoding?: "inverted" | "raw";
  /** Further calls, with the lists they need. */
  readonly part?: Part & { readonly lists: readonly ListKind[] };
  readonly breaks?: readonly DeclaredBreak[];
  readonly worlds?: readonly string[];
}

const STRATEGIES = { split: splittingMirror, "on-demand": onDemand, "in-step": inStep } as const;

const CANNOT_FAIL = "the tables exist from boot: no flip fails halfway";

const JUDGED_THERE = "flip-probe's own code, judged there";

/** What is not at stake here, so that what is has room among the claims that one world can judge. */
const NOT_HERE: Readonly<Record<string, string>> = Object.fromEntries(
  ["S4", "S9", "S10", "S11", "S12", "S16b", "S20", "S21", "S22", "S30", "REFINE-cpu", "REFINE-shootdown"].map((id) => [
    id,
    JUDGED_THERE,
  ]),
);

const SINGLE_PAGES = "memory failure takes single pages out of a mapped block, and a mirror never puts them back";
const NO_FREED_TABLES = "tables in step with the direct map stay for ever";

/** What a restricted map with sizes, tables or a direct map to mirror promises beyond flip-probe. */
const MAP_PROMISES = ["S14", "S15", "S24", "S25", "S27", "S31", "L6", "REFINE-physmap"] as const;

/** What the way in which the map is kept, and who else changes it, has no meaning for. */
function meaningless({ strategy, directMap }: MapVariant): Readonly<Record<string, string>> {
  return {
    ...NOT_HERE,
    ...(directMap ? { S6: SINGLE_PAGES, S7: SINGLE_PAGES, S26: SINGLE_PAGES } : {}),
    ...(strategy === "split" ? { S26: CANNOT_FAIL } : {}),
    ...(strategy === "in-step" ? { S24: NO_FREED_TABLES } : {}),
  };
}

/**
 * flip-probe on a restricted map whose leaves have sizes or whose tables are allocated, with the actors of the direct map: the
 * plain design in which a strategy for the map is tried out.
 */
export function makeMapProbe(variant: MapVariant): Design {
  const { strategy, breaks, nonPresentEncoding } = variant;
  const shootdown = variant.shootdown ?? ipiShootdown();
  const physmap = physmapOf(variant, shootdown);
  const cutsLeaf = variant.map?.cutsLeaf === true;
  const directMap = directMapCalls(physmap, shootdown, { ...CORRECT_MIRROR, cutsLeaf, ...variant.mirror });
  const tableShootdown = variant.tableShootdown ?? shootdown;
  const parts = [
    ...(variant.directMap ? [directMap] : []),
    tableShootdown,
    ...(variant.part === undefined ? [] : [variant.part]),
  ];
  const probe = makeFlipProbe({
    id: variant.id,
    title: variant.title,
    summary: variant.summary,
    physmap,
    shootdown,
    transitions: variant.transitions ?? "flush",
    notApplicable: meaningless(variant),
    ...(breaks === undefined ? {} : { breaks }),
    ...(variant.worlds === undefined ? {} : { worlds: variant.worlds }),
  });
  const core = probe.asi;
  assert(core !== undefined, "flip-probe brings the CPU's side along");
  const broken = new Set((breaks ?? []).map(({ claim }) => claim));
  return {
    ...probe,
    probe: true,
    promises: [...probe.promises, ...MAP_PROMISES].filter(
      (claim) => !broken.has(claim) && probe.notApplicable[claim] === undefined,
    ),
    asi: { ...withParts(core, parts), boot: (k) => bootMaps(k, core, strategy) },
    lists: () => [...physmap.lists, ...directMap.lists, ...(variant.part?.lists ?? [])],
    ...(nonPresentEncoding === undefined ? {} : { nonPresentEncoding }),
  };
}

/** In step, there is something to be in step with: a direct map that has one leaf per block. */
function bootMaps(k: Kernel, core: AsiCore, strategy: MapVariant["strategy"]): void {
  core.boot?.(k);
  if (strategy !== "in-step" || k.world.spaces?.tables !== true) return;
  for (let block = 0; block < k.world.blocks; block++) k.spaces.setDirectLeaf(block, LEAF_BLOCK);
}

function physmapOf({ strategy, failAtLeaves, map, tableShootdown }: MapVariant, shootdown: Shootdown): SizedPhysmap {
  return STRATEGIES[strategy]({
    shootdown,
    failAtLeaves: failAtLeaves === true,
    ...(map === undefined ? {} : { switches: map }),
    ...(tableShootdown === undefined ? {} : { tableShootdown }),
  });
}
