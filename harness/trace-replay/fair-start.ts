import type { FreeBlock } from "../../model/software.ts";
import type { TraceEvent } from "../trace/event.ts";
import type { FreeBlocks } from "../trace/free-blocks.ts";
import type { TraceMeta } from "../trace/meta.ts";
import { type EventText, parseTrace, TraceParser } from "../trace/parser.ts";
import { type BlockTypes, completeBlockTypes } from "./block-types.ts";
import { FirstReading, type ListedAtStart } from "./first-reading.ts";
import { recordedHighMax } from "./high-max.ts";
import { MapMoment } from "./map-moment.ts";
import type { Evidence } from "./options.ts";
import { type ProcText, readPagetypeinfo, readZoneinfo, type ZoneSnapshot } from "./proc-snapshot.ts";
import { KswapdSleeps } from "./recorded-kswapd.ts";
import { SecondReading, type UnnamedFacts } from "./second-reading.ts";
import { unnamedPages } from "./unnamed-pages.ts";

/** /proc as it was when the trace began, as far as it was copied. */
export interface StartTexts {
  readonly zoneinfo?: ProcText;
  readonly pagetypeinfo?: ProcText;
  readonly meminfo?: ProcText;
  /** `sysctl -a` of vm. */
  readonly sysctl?: ProcText;
}

/** What two readings of a trace tell about its beginning and about what it does not name. */
export interface FairStart {
  /** Events at the trace's beginning that the free map is younger than: they are not replayed. */
  readonly eventsBefore: number;
  readonly lists: readonly ListedAtStart[];
  readonly blocks: BlockTypes;
  readonly unnamed: UnnamedFacts;
  /** When the recorded kswapd went to sleep; microseconds. */
  readonly kswapdSleeps: readonly number[];
  readonly zoneinfo?: readonly ZoneSnapshot[];
  /** Upper limit of the pcplists, by zone of the meta file, where it can be told. */
  readonly highMax: readonly (number | undefined)[];
}

/**
 * Reads a trace twice, and its first snapshot once more, before it is replayed, so that the model starts where the kernel was: pcplists, pageblock types, and the
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
  evidence: Evidence = "events",
): Promise<FairStart> {
  const { kernel, cpus, zones } = meta;
  const { pages, pageblockOrder } = geometry;
  const eventsBefore = await eventsBeforeMap(open, file, meta, blocks, pages);
  const first = new FirstReading(pages, pageblockOrder, blocks, eventsBefore);
  await parseTrace(open(), { kernel, file, onEvent: (event, text) => first.take(event, text) });
  const told = texts.pagetypeinfo === undefined ? undefined : readPagetypeinfo(texts.pagetypeinfo);
  const types = completeBlockTypes(first.typeOfBlock, pageblockOrder, freeBlocks(blocks), zones, told);
  const isBatched = (pfn: number): boolean =>
    zones.some(({ startPfn, spanned, pcpBatch }) => pcpBatch > 1 && pfn >= startPfn && pfn < startPfn + spanned);
  const second = new SecondReading(
    types.types.slice(),
    pageblockOrder,
    pages,
    cpus,
    isBatched,
    blocks,
    first.listed,
    eventsBefore,
    evidence,
  );
  const listedThen: number[] = [];
  const sleeps = new KswapdSleeps();
  let events = 0;
  const onEvent = (event: Readonly<TraceEvent>, text: EventText): void => {
    if (++events === first.snapshot.zoneinfoAt)
      for (let cpu = 0; cpu < cpus; cpu++) listedThen.push(second.pagesListed(cpu));
    second.take(event, text);
    sleeps.take(event, text);
  };
  await parseTrace(open(), { kernel, file, onEvent });
  const zoneinfo = texts.zoneinfo === undefined ? undefined : readZoneinfo(texts.zoneinfo);
  const never =
    zoneinfo === undefined ? [] : unnamedPages(first, zones, zoneinfo, listedThen, types.types, pageblockOrder);
  return {
    eventsBefore,
    lists: [...first.listed, ...never],
    blocks: types,
    unnamed: second.finish(),
    kswapdSleeps: sleeps.micros,
    highMax: zones.map((zone) => recordedHighMax(texts.sysctl, zones, zone, cpus)),
    ...(zoneinfo === undefined ? {} : { zoneinfo }),
  };
}

/** Reads as far as the end of the first snapshot. */
async function eventsBeforeMap(
  open: () => AsyncIterable<Uint8Array>,
  file: string,
  { kernel }: TraceMeta,
  blocks: FreeBlocks,
  pages: number,
): Promise<number> {
  const moment = new MapMoment(pages, blocks);
  const parser = new TraceParser({ kernel, file, onEvent: (event, text) => moment.take(event, text) });
  for await (const chunk of open()) {
    parser.push(chunk);
    if (moment.over) break;
  }
  return moment.eventsBefore;
}

function freeBlocks(blocks: FreeBlocks): FreeBlock[] {
  return Array.from({ length: blocks.count }, (_, i) => ({
    pfn: blocks.pfn[i] as number,
    order: blocks.order[i] as number,
  }));
}
