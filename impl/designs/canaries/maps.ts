import type { Design } from "../../../model/design.ts";
import { defineProgram, type MicroStep, NEXT } from "../../../model/program.ts";
import type { Shootdown } from "../../asi/parts.ts";
import { FLUSH_COLUMNS, IPI_COLUMNS, LOCAL_START } from "../../asi/shootdown/call-cpus.ts";
import { ipiShootdown } from "../../asi/shootdown/kernel-range.ts";
import { makeMapProbe } from "../map-probe/design.ts";
import { hugeZeroPage } from "../map-probe/huge-zero-page.ts";
import { IN_STEP, ON_DEMAND, SPLIT } from "../map-probe/strategies.ts";

/**
 * Deliberately broken copies of the map probes, each with one switch: tables, leaf sizes, and the direct map's actors. Numbers
 * are those of the bug catalogue.
 */
export const upperEntry: Design = makeMapProbe({
  ...ON_DEMAND,
  id: "canary-upper-entry",
  title: "clears an upper entry, flushes one address",
  summary: "6: a map is undone by clearing the upper entry, and one INVLPG of the first address on one CPU follows.",
  map: { clearsUpper: true },
  shootdown: oneAddress(),
  breaks: [
    { claim: "S6", because: "the block stays sensitive while the other leaves under the entry are still cached" },
    { claim: "S24", because: "no other CPU, and no other PCID, has forgotten the table that the entry led to" },
  ],
  worlds: ["tables"],
});

export const tableFreedFirst: Design = makeMapProbe({
  ...ON_DEMAND,
  id: "canary-table-freed-first",
  title: "frees a table before the shootdown",
  summary: "7: an empty page table goes back to the page allocator, and the CPUs are told afterwards.",
  map: { freesTableFirst: true },
  breaks: [{ claim: "S24", because: "the frame is on a free list while its CPU may still walk it" }],
  worlds: ["tables"],
});

export const lazySkipped: Design = makeMapProbe({
  ...ON_DEMAND,
  id: "canary-freed-tables-lazy",
  title: "skips lazy CPUs although tables are freed",
  summary: "8: the flush for a freed table says freed_tables = false, and lazy CPUs are not interrupted.",
  transitions: "generations",
  tableShootdown: ipiShootdown({ skipLazy: true }),
  breaks: [{ claim: "S24", because: "a lazy CPU may still walk the frame under the PCID it comes back to" }],
  worlds: ["tables-lazy"],
});

export const splitUnflushed: Design = makeMapProbe({
  ...SPLIT,
  id: "canary-split-unflushed",
  title: "splits a leaf without a flush",
  summary: "14: small leaves replace a large one while CPUs may still hold the large one.",
  map: { splitsWithoutFlush: true },
  breaks: [{ claim: "S25", because: "two sizes for one address are live at once" }],
  worlds: ["direct-map"],
});

export const splitInPlace: Design = makeMapProbe({
  ...IN_STEP,
  id: "canary-split-in-place",
  title: "splits a leaf in one store",
  summary: "A table takes the place of a large leaf in one store, both mapping the same; the flush comes afterwards.",
  map: { splitsInPlace: true },
  breaks: [
    { claim: "S25", because: "until the flush a CPU may find two sizes for one address" },
    { claim: "REFINE-physmap", because: "the chart goes from leaf to table through a region that nothing maps" },
  ],
  worlds: ["direct-map"],
});

export const splitUnlocked: Design = makeMapProbe({
  ...SPLIT,
  id: "canary-split-unlocked",
  title: "splits a leaf without the size lock",
  summary: "A block that is absent because it is being split is taken for one that is unmapped.",
  map: { splitsUnlocked: true },
  breaks: [
    { claim: "S2", because: "the small leaves are stored over a block that became sensitive meanwhile" },
    { claim: "S13", because: "and over what its new owner may have written" },
  ],
  worlds: ["split,setup=flipped,calls=1+1"],
});

export const cutLeaf: Design = makeMapProbe({
  ...SPLIT,
  id: "canary-cut-leaf",
  title: "unmaps a part of a leaf",
  summary: "A page is taken out of the restricted map by clearing the large leaf it lies under.",
  map: { cutsLeaf: true },
  breaks: [{ claim: "S27", because: "the rest of the block loses its mapping too" }],
  worlds: ["direct-map"],
});

export const mirrorsPresent: Design = makeMapProbe({
  ...SPLIT,
  id: "canary-mirrors-present",
  title: "mirrors the present bit",
  summary: "26: set_memory_np, set_memory_p on a page, and the restricted map gets a present bit that it did not have.",
  mirror: { copiesPresent: true },
  breaks: [
    { claim: "S15", because: "returning to the direct map maps the page in the restricted one" },
    { claim: "S2", because: "a sensitive page is present in the restricted map" },
    { claim: "S3", because: "and may be cached from it" },
    { claim: "S13", because: "the present bit is stored over the owner's secret" },
    { claim: "S16a", because: "a sensitive page handed out next is mapped" },
    { claim: "REFINE-page", because: "free-unmapped reaches free-mapped only with clean or public content" },
  ],
  worlds: ["direct-map"],
});

export const mirrorsNothing: Design = makeMapProbe({
  ...SPLIT,
  id: "canary-mirrors-nothing",
  title: "mirrors to the direct map itself",
  summary: "26: the repetition is passed the first description again, so that the restricted map never changes.",
  mirror: { changesDirectTwice: true },
  breaks: [
    { claim: "S14", because: "a page that failed, or became read-only, keeps its old leaf in the restricted map" },
  ],
  worlds: ["direct-map"],
});

export const rawEncoding: Design = makeMapProbe({
  ...IN_STEP,
  id: "canary-raw-encoding",
  title: "leaves the frame in non-present entries",
  summary: "Only the present bit is cleared; the address bits go on naming the frame.",
  nonPresentEncoding: "raw",
  breaks: [{ claim: "S31", because: "CPUs with L1TF speculate with the address bits of a non-present entry" }],
  worlds: ["direct-map"],
});

export const mapsItsTables: Design = makeMapProbe({
  ...ON_DEMAND,
  id: "canary-maps-its-tables",
  title: "allocates tables that need mapping",
  summary:
    "Page tables are asked for as nonsensitive memory, which is mapped before it is handed out, which needs a table.",
  map: { mapsTables: true },
  breaks: [{ claim: "L6", because: "each allocation begins another" }],
  worlds: ["tables"],
});

export const zeroPageDropped: Design = makeMapProbe({
  ...SPLIT,
  directMap: false,
  id: "canary-zero-page-dropped",
  title: "drops the zero page before the flush",
  summary: "15: the reference to the shared zero page is dropped before the mm's CPUs have forgotten it.",
  part: hugeZeroPage(ipiShootdown(), true),
  breaks: [{ claim: "S1", because: "the next owner's secret is read through another mm's stale user mapping" }],
  worlds: ["zero-page"],
});

/** A shootdown that is none where there are tables: one INVLPG of the first address, in the loaded PCID, on the CPU that asks. */
function oneAddress(): Shootdown {
  const real = ipiShootdown();
  const flush = defineProgram({ ...real.flush, steps: [invlpgFirst(), ...real.flush.steps] });
  return { ...real, flush, programs: [...real.programs.filter((program) => program !== real.flush), flush] };
}

function invlpgFirst(): MicroStep {
  return {
    label: "invlpg",
    imitates: "flush_tlb_one_kernel",
    needs: "any",
    cost: "flush-page",
    touches: [...FLUSH_COLUMNS, ...IPI_COLUMNS, "promise.due", "promise.covered"],
    run: (k, f) => {
      if (k.world.spaces?.tables !== true) return NEXT;
      const first = f.get(LOCAL_START) - 1;
      k.fence();
      k.describeFlush(first, 1);
      k.hw.invalidatePage(k.cpu, first);
      k.endFlush();
      return f.return(0);
    },
  };
}

/** In the order of the catalogue. */
export const MAP_CANARIES: readonly Design[] = [
  upperEntry,
  tableFreedFirst,
  lazySkipped,
  splitUnflushed,
  splitInPlace,
  splitUnlocked,
  cutLeaf,
  mirrorsPresent,
  mirrorsNothing,
  rawEncoding,
  mapsItsTables,
  zeroPageDropped,
];
