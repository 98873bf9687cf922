import type { FreeBlock } from "../../model/software.ts";
import type { FreeBlocks } from "../trace/free-blocks.ts";
import type { TraceMeta } from "../trace/meta.ts";
import { parseTrace } from "../trace/parser.ts";
import { type BlockTypes, completeBlockTypes } from "./block-types.ts";
import { FirstReading, type ListedAtStart } from "./first-reading.ts";
import { type ProcText, readPagetypeinfo, readZoneinfo, type ZoneSnapshot } from "./proc-snapshot.ts";
import { type HiddenAllocation, SecondReading } from "./second-reading.ts";

/** /proc as it was when the trace began, as far as it was copied. */
export interface StartTexts {
  readonly zoneinfo?: ProcText;
  readonly pagetypeinfo?: ProcText;
  readonly meminfo?: ProcText;
}

/** What two readings of a trace tell about its beginning and about what it does not name. */
export interface FairStart {
  readonly lists: readonly ListedAtStart[];
  readonly blocks: BlockTypes;
  readonly hidden: readonly HiddenAllocation[];
  /** Pages that were taken for gone and were not, of the second reading. */
  readonly mistaken: number;
  readonly zoneinfo?: readonly ZoneSnapshot[];
}

/**
 * Reads a trace twice before it is replayed, so that the model starts where the kernel was: pcplists, pageblock types, and the
 * allocations that have no event.
 *
 * - **Cost**: two readings.
 * - **Errors**: those of the parser; `PROC-TEXT`.
 */
export async function fairStartOf(
  open: () => AsyncIterable<Uint8Array>,
  file: string,
  meta: TraceMeta,
  blocks: FreeBlocks,
  texts: StartTexts,
  geometry: { readonly pageblockOrder: number; readonly pages: number },
): Promise<FairStart> {
  const { kernel, cpus, zones } = meta;
  const { pages, pageblockOrder } = geometry;
  const first = new FirstReading(pages, pageblockOrder, blocks);
  await parseTrace(open(), { kernel, file, onEvent: (event) => first.take(event) });
  const told = texts.pagetypeinfo === undefined ? undefined : readPagetypeinfo(texts.pagetypeinfo);
  const types = completeBlockTypes(first.typeOfBlock, pageblockOrder, freeBlocks(blocks), zones, told);
  const second = new SecondReading(types.types.slice(), pageblockOrder, pages, cpus, blocks, first.listed);
  await parseTrace(open(), { kernel, file, onEvent: (event, text) => second.take(event, text) });
  return {
    lists: first.listed,
    blocks: types,
    hidden: second.finish(),
    mistaken: second.mistaken,
    ...(texts.zoneinfo === undefined ? {} : { zoneinfo: readZoneinfo(texts.zoneinfo) }),
  };
}

function freeBlocks(blocks: FreeBlocks): FreeBlock[] {
  return Array.from({ length: blocks.count }, (_, i) => ({
    pfn: blocks.pfn[i] as number,
    order: blocks.order[i] as number,
  }));
}
