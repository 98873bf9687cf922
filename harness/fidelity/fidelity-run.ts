import type { Design } from "../../model/design.ts";
import { InputError } from "../../model/failure.ts";
import { readFreeBlocks } from "../trace/free-blocks.ts";
import { readTraceMeta } from "../trace/meta.ts";
import type { Evidence, ReplayMode } from "../trace-replay/options.ts";
import { replayTrace } from "../trace-replay/replay-trace.ts";
import type { TraceReplayResult } from "../trace-replay/result.ts";
import type { TraceSource } from "../trace-replay/trace-source.ts";
import { type EndTexts, figuresOf } from "./compare.ts";
import { FidelityObserver } from "./fidelity-observer.ts";
import type { Figure } from "./figure.ts";

/** What one recording says of the model in one mode. The same bytes give the same object. */
export interface FidelityRun {
  readonly trace: string;
  readonly kernel: string;
  readonly mode: ReplayMode;
  readonly figures: readonly Figure[];
  /** Share of the recorded requests that the model refused though the kernel granted them. */
  readonly divergedShare: number;
  /** Share of the allocations for which the model chose the page that the kernel chose. */
  readonly samePageShare: number;
  readonly replay: TraceReplayResult;
  /** Micro-steps that the run took, as program/label. */
  readonly stepsTaken: ReadonlySet<string>;
  /** All there are. */
  readonly steps: readonly string[];
}

/**
 * Replays only the calls of a recording and compares what the model does of itself with what the kernel's tracepoints and
 * snapshots say it did.
 *
 * - **Errors**: `FIDELITY-INPUT` without a meta file and a free map; those of `replayTrace`.
 */
export async function runFidelity(
  design: Design,
  { file, open, sideFiles }: TraceSource,
  after: EndTexts,
  mode: ReplayMode,
  evidence: Evidence = "events",
): Promise<FidelityRun> {
  if (sideFiles.meta === undefined || sideFiles.freeBlocks === undefined) {
    throw new InputError("FIDELITY-INPUT", `${file}: a comparison needs the meta file and the free map beside it`);
  }
  const meta = readTraceMeta(sideFiles.meta.text, sideFiles.meta.file);
  const blocks = await readFreeBlocks(sideFiles.freeBlocks.open(), sideFiles.freeBlocks.file, meta.zones);
  const observer = new FidelityObserver(meta, blocks);
  const options = { file, mode, claims: "structural", lookAhead: true, evidence, injectEvery: 0 } as const;
  const replay = await replayTrace(open, sideFiles, design, options, observer);
  const { allocs, diverged } = replay.fates;
  return {
    trace: file,
    kernel: meta.kernel,
    mode,
    figures: figuresOf(observer, meta, after),
    divergedShare: diverged / Math.max(1, allocs + diverged),
    samePageShare: replay.work.samePage / Math.max(1, allocs + diverged),
    replay,
    ...observer.coverage(),
  };
}
