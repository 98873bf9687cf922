import type { Design } from "../../model/design.ts";
import { assert } from "../../model/failure.ts";
import type { Machine } from "../../model/machine.ts";
import type { TraceEvent } from "../trace/event.ts";
import { type FreeBlocks, readFreeBlocks } from "../trace/free-blocks.ts";
import { inferTraceMeta, readTraceMeta, type TraceMeta } from "../trace/meta.ts";
import { type EventText, TraceParser } from "../trace/parser.ts";
import { bootAt } from "./boot-at.ts";
import { type FairStart, fairStartOf } from "./fair-start.ts";
import { type FirstSight, firstSightOf } from "./first-sight.ts";
import { replayOptions, type TraceReplayOptions } from "./options.ts";
import { PageMap } from "./page-map.ts";
import { replayMachine } from "./replay-machine.ts";
import { Replayer } from "./replayer.ts";
import { resultOf } from "./report.ts";
import { RequestTable } from "./request-table.ts";
import type { TraceReplayResult } from "./result.ts";
import { inferredStart, recordedStart, type StartState } from "./start-state.ts";
import type { TraceSideFiles } from "./trace-source.ts";

/** Watches a replay from outside: its machine and the events, before each is replayed. */
export interface ReplayObserver {
  begin(machine: Machine, start: StartState): void;
  before(event: Readonly<TraceEvent>, text: EventText): void;
  end(): void;
}

/**
 * Runs a recorded kernel trace through a design: every traced allocation and free becomes a call on the traced CPU in the traced
 * context, and the claims are held against every micro-step. What reclaim freed is the mode's matter.
 *
 * With `meta` and a free map beside it the trace is read once; without either it is read twice, and what was inferred is said.
 * With `lookAhead` it is read twice more.
 *
 * - **observer**: sees the machine when it is booted, before each event, and at the end; it must not change it.
 * - **Cost**: about 45 bytes per page of the zone and 4 per page and CPU, independent of the trace's length.
 * - **Errors**: those of the parser, the meta file and the free map; `BAD-TRACE-OPTION`, `TRACE-TOO-LARGE`, `TRACE-FLAG-WORDS`. Nothing else
 *   stops a run but a violated claim after which the structures mean nothing, and then the result says so.
 */
export async function replayTrace(
  open: () => AsyncIterable<Uint8Array>,
  sideFiles: TraceSideFiles,
  design: Design,
  given: Partial<TraceReplayOptions> & { readonly file: string },
  observer?: ReplayObserver,
): Promise<TraceReplayResult> {
  const options = replayOptions(given);
  const machineOf = sideFiles.meta === undefined ? undefined : readTraceMeta(sideFiles.meta.text, sideFiles.meta.file);
  const recorded = machineOf?.startState !== "inferred" && sideFiles.freeBlocks !== undefined;
  const sight = machineOf === undefined || !recorded ? await firstSightOf(open(), options.file) : undefined;
  const meta = machineOf ?? inferTraceMeta(knownSight(sight).summary);
  const requests = new RequestTable(design, meta.kernel, options.profile);
  const swapPages = swapPagesOf(sideFiles);
  const machine = replayMachine(design, meta, options, requests.requests, swapPages);
  const blocks = recorded ? await readBlocks(sideFiles, meta) : undefined;
  const { pages, geometry } = machine.world;
  const fair = blocks === undefined ? undefined : await lookAhead(open, sideFiles, meta, blocks, options, machine);
  const start =
    blocks === undefined
      ? inferredStart(knownSight(sight), meta.zones, geometry.maxOrder)
      : recordedStart(blocks, fair);
  const map = new PageMap(pages);
  bootAt(machine, start, map);
  const replayer = new Replayer(machine, map, requests, options, start.fair);
  observer?.begin(machine, start);
  const parser = new TraceParser({
    kernel: meta.kernel,
    file: options.file,
    onEvent: (event, text) => {
      if (replayer.skips()) return;
      observer?.before(event, text);
      replayer.take(event, text);
    },
  });
  for await (const chunk of open()) {
    parser.push(chunk);
    if (replayer.watch.stopped) break;
  }
  const summary = parser.finish();
  replayer.finish();
  observer?.end();
  return resultOf({ design, options, meta, start, machine, requests, replayer, summary });
}

/** Reads ahead where that was asked for. */
async function lookAhead(
  open: () => AsyncIterable<Uint8Array>,
  sideFiles: TraceSideFiles,
  meta: TraceMeta,
  blocks: FreeBlocks,
  options: TraceReplayOptions,
  { world }: Machine,
): Promise<FairStart | undefined> {
  if (!options.lookAhead) return undefined;
  const { pageblockOrder } = world.geometry;
  return fairStartOf(
    open,
    options.file,
    meta,
    blocks,
    sideFiles.before ?? {},
    { pageblockOrder, pages: world.pages },
    options.evidence,
  );
}

/** The swap device as meminfo has it, in pages; none where nothing was recorded. */
function swapPagesOf({ before }: TraceSideFiles): number {
  const kB = /^SwapTotal:\s+(\d+) kB/m.exec(before?.meminfo?.text ?? "")?.[1];
  return kB === undefined ? 0 : Math.floor(Number(kB) / 4);
}

async function readBlocks(sideFiles: TraceSideFiles, meta: TraceMeta): Promise<FreeBlocks | undefined> {
  if (sideFiles.freeBlocks === undefined) return undefined;
  return readFreeBlocks(sideFiles.freeBlocks.open(), sideFiles.freeBlocks.file, meta.zones);
}

function knownSight(sight: FirstSight | undefined): FirstSight {
  assert(sight !== undefined, "a trace is read twice when its start has to be inferred");
  return sight;
}
