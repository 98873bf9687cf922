import type { AsiCore, DeclaredBreak, Design } from "../../../model/design.ts";
import { GFP } from "../../../model/gfp.ts";
import type { Program } from "../../../model/program.ts";
import { type Shootdown, withParts } from "../../asi/parts.ts";
import { batching } from "../../asi/shootdown/batching/batching.ts";
import { type BatchingSwitches, CORRECT_BATCHING } from "../../asi/shootdown/batching/queue.ts";
import { ipiShootdown } from "../../asi/shootdown/kernel-range.ts";
import { asiCore } from "../../asi/transitions/core.ts";
import { CORRECT_ASI } from "../../asi/transitions/switches.ts";
import { type VmallocPart, vmallocAreas } from "../../asi/vmalloc/vmalloc.ts";
import { mapNonsensitive } from "./map.ts";

/** What sets a variant of batch-probe apart: the parts it is built from, a name, and what is wrong with it. */
export interface BatchVariant {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  /** By IPI when absent. */
  readonly shootdown?: Shootdown;
  /** The CPU's side; a variant without it runs only where a protected context is always loaded. */
  readonly asi?: AsiCore;
  /** Kernel areas that show pages a second time; none when absent. */
  readonly vmalloc?: VmallocPart;
  /** Called with each block that is freed, before its leaves are cleared (locals 1 link, 2 order). */
  readonly prepare?: Program;
  readonly switches?: Partial<BatchingSwitches>;
  /** Blocks that may wait before their caller flushes. */
  readonly bound?: number;
  readonly breaks?: readonly DeclaredBreak[];
  readonly worlds?: readonly string[];
}

const PROMISES = [
  "S1",
  "S2",
  "S3",
  "S4",
  "S8",
  "S13",
  "S16a",
  "S17",
  "S23",
  "S29",
  "L1",
  "L4",
  "DEADLOCK",
  "REFINE-page",
];

/** The page-grained probe with what it is built from by default. */
export const batchProbe: Design = makeBatchProbe({
  id: "batch-probe",
  title: "batched 4K flips",
  summary:
    "Free pages are unmapped one by one; a freed mapped page waits for a flush that covers many, or is mapped again.",
  asi: asiCore({ transitions: "flush", switches: CORRECT_ASI }),
  worlds: ["batch", "batch-asi,calls=1+1"],
});

const everyClass = ipiShootdown({ everyClass: true });

/** Where memory has aliases in vmalloc too, and every flush settles those that a lazy purge has left. */
export const aliasProbe: Design = makeBatchProbe({
  id: "batch-probe-aliases",
  title: "batched 4K flips that know their aliases",
  summary:
    "As batch-probe, with vmalloc areas over nonsensitive pages: a flush that ends a page's mapping ends theirs.",
  asi: asiCore({ transitions: "generations", switches: CORRECT_ASI }),
  shootdown: everyClass,
  vmalloc: vmallocAreas(everyClass),
  worlds: ["aliases"],
});

/**
 * The plain reference for flips of single pages, whose flushes stay below the ceiling: pages are unmapped as they are freed, wait
 * for a batched flush, and may be taken back before it. Carries the claims on shootdowns and aliases where whole-block
 * flips, which always flush everything, cannot show them.
 */
export function makeBatchProbe(variant: BatchVariant): Design {
  const plain = variant.shootdown ?? ipiShootdown();
  const { vmalloc } = variant;
  const shootdown = vmalloc?.cover(plain) ?? plain;
  const switches = { ...CORRECT_BATCHING, ...variant.switches };
  const batch = batching({ shootdown, bound: variant.bound ?? 2, switches }, variant.prepare ?? vmalloc?.freePrepare);
  const breaks = variant.breaks ?? [];
  const broken = new Set(breaks.map(({ claim }) => claim));
  const parts = vmalloc === undefined ? [batch] : [batch, vmalloc];
  const asi = variant.asi === undefined ? {} : { asi: withParts(variant.asi, parts) };
  return {
    id: variant.id,
    title: variant.title,
    summary: variant.summary,
    canary: breaks.length > 0,
    probe: true,
    protectedMap: "restricted",
    protects: (gfp) => ((gfp & GFP.SENSITIVE) !== 0 ? "yes" : "no"),
    promises: PROMISES.filter((claim) => !broken.has(claim) && (claim !== "S29" || vmalloc !== undefined)),
    breaks,
    notApplicable: {},
    groups: parts.flatMap((part) => part.groups),
    programs: [
      ...new Set([
        ...parts.flatMap((part) => part.programs),
        ...(variant.prepare === undefined ? [] : [variant.prepare]),
      ]),
    ],
    hooks: { allocated: mapNonsensitive, freePrepare: batch.freePrepare, refill: batch.refill },
    workers: [batch.worker],
    lists: (cpus) => batch.lists(cpus),
    ...asi,
    ...(variant.worlds === undefined ? {} : { worlds: variant.worlds }),
    leavesOut: [
      "Page-table allocation while mapping, and its failure.",
      "Waking the worker: it is wanted while pages wait.",
    ],
  };
}
