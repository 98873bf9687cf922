import type { Design } from "../../../model/design.ts";
import { ipiShootdown } from "../../asi/shootdown/kernel-range.ts";
import { type MapVariant, makeMapProbe } from "./design.ts";
import { hugeZeroPage } from "./huge-zero-page.ts";

/** What a variant of one strategy starts from. */
export type Base = Omit<MapVariant, "id" | "title" | "summary">;

export const SPLIT: Base = { strategy: "split", directMap: true };
export const ON_DEMAND: Base = { strategy: "on-demand", directMap: false, failAtLeaves: true };
export const IN_STEP: Base = { strategy: "in-step", directMap: true, nonPresentEncoding: "inverted" };

/** The correct variants, one per strategy: what their canaries are compared with. */
export const splitProbe: Design = makeMapProbe({
  ...SPLIT,
  id: "map-probe-split",
  title: "one leaf per block, split by deposited tables",
  summary:
    "Flips store one leaf per pageblock; a page that has to be changed alone splits it, with a table kept ready.",
  worlds: ["direct-map", "encrypt", "split", "split,setup=flipped,calls=1+1"],
});

export const onDemandProbe: Design = makeMapProbe({
  ...ON_DEMAND,
  id: "map-probe-on-demand",
  title: "4K leaves, tables on demand",
  summary: "The first 4K leaf of a block allocates its table, which may fail; empty tables are freed after a flush.",
  worlds: ["tables", "tables-lazy"],
});

export const inStepProbe: Design = makeMapProbe({
  ...IN_STEP,
  id: "map-probe-in-step",
  title: "in step with the direct map",
  summary: "Leaves have the direct map's sizes and differ in the present bit only; non-present entries are inverted.",
  worlds: ["direct-map", "encrypt", "memory-hotplug"],
});

/** On demand, beside the direct map's actors; a flip fails for want of a table only. */
export const onDemandMirror: Design = makeMapProbe({
  ...ON_DEMAND,
  directMap: true,
  failAtLeaves: false,
  id: "map-probe-on-demand-mirror",
  title: "tables on demand, mirroring the direct map",
  summary: "Tables are allocated on demand, and the direct map's actors mirror to what is there.",
  worlds: ["direct-map", "memory-hotplug", "memory-hotplug-tables"],
});

/** The shared zero page, whose last reference is dropped when everybody has forgotten it. */
export const zeroPageProbe: Design = makeMapProbe({
  ...SPLIT,
  directMap: false,
  part: hugeZeroPage(ipiShootdown(), false),
  id: "map-probe-zero-page",
  title: "a frame that all mms share",
  summary: "The huge zero page is mapped by every mm, and freed when no mm uses it and every CPU has forgotten it.",
  worlds: ["zero-page"],
});
