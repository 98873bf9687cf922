import { deltaDebug, type Reduced } from "../../checker/delta-debug.ts";
import type { Design } from "../../model/design.ts";
import { assert, InputError } from "../../model/failure.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import { readTraceMeta } from "../trace/meta.ts";
import { type ReplayMode, replayOptions } from "../trace-replay/options.ts";
import { replayTrace } from "../trace-replay/replay-trace.ts";
import type { TraceReplayResult, TraceViolation } from "../trace-replay/result.ts";
import type { TraceSource } from "../trace-replay/trace-source.ts";
import { cutAfter, type EventGroup, eventsOf, groupsOf, missesFree, type PlacedEvent } from "./piece.ts";
import { type PieceReplay, violatedAt } from "./replay-piece.ts";
import { isPageCall, type TraceWindow, traceWindow } from "./trace-window.ts";

/** Events before the violation that are looked at: some 50 MB of lines. */
export const WINDOW_EVENTS = 2 ** 18;

/** Pieces tried unless told otherwise: seconds on a machine of some hundred MiB. */
export const MINIMISE_TESTS = 400;

/** The first suffix that is tried, and by how much each is longer than the one before. */
const FIRST_SUFFIX = 64;
const GROWTH = 4;

export interface MinimiseOptions {
  /** What messages call the trace. */
  readonly file: string;
  /** Without: the claim that the recording violates first. */
  readonly claim?: string;
  readonly mode?: ReplayMode;
  readonly profile?: KernelVersion;
  readonly workerDelayMicros?: number;
  /** Synthetic interrupts come by the count of calls, which leaving calls out changes: none unless asked for. */
  readonly injectEvery?: number;
  readonly maxTests?: number;
  readonly windowEvents?: number;
  readonly onProgress?: (text: string) => void;
  readonly shouldStop?: () => boolean;
}

/** A piece of a recording that violates a claim by itself. */
export interface MinimisedTrace {
  readonly claim: string;
  /** In the recording: where the claim is first violated, and the events up to there. */
  readonly found: TraceViolation;
  readonly eventsBefore: number;
  readonly events: number;
  readonly tests: number;
  /** No allocation, free or other event can be left out any more. */
  readonly minimal: boolean;
  /** The piece, in the recording's own dialect. */
  readonly text: string;
  /** What has to lie beside it as NAME.meta.json; absent where it fails without. */
  readonly meta?: string;
  /** The piece replayed. */
  readonly replayed: TraceReplayResult;
}

/** What came of minimising: a piece, or the replay of a recording that does not violate the claim. */
export type Minimisation =
  | { readonly did: "minimised"; readonly trace: MinimisedTrace }
  | { readonly did: "nothing"; readonly replayed: TraceReplayResult };

/**
 * The shortest piece of a recorded trace that still violates a claim under a design: cut off at the violation, then as late a
 * beginning as violates it, then allocations left out with their frees, then single events.
 *
 * - **Cost**: one replay and one reading of the file; up to `maxTests` replays of pieces; memory for `windowEvents` lines.
 * - **Errors**: those of `replayTrace`; `InputError` TRACE-PIECE when no piece fails by itself.
 */
export async function minimiseTrace(
  source: TraceSource,
  design: Design,
  options: MinimiseOptions,
): Promise<Minimisation> {
  const { file, injectEvery = 0, onProgress } = options;
  const given = { ...replayOptions({ ...options, file, injectEvery }) };
  onProgress?.(`${design.id}: replaying ${file}`);
  const whole = await replayTrace(source.open, source.sideFiles, design, given);
  const found = whole.violations.find(({ claim }) => options.claim === undefined || claim === options.claim);
  if (found === undefined) return { did: "nothing", replayed: whole };
  const window = await traceWindow(source.open(), file, found.event.line, options.windowEvents ?? WINDOW_EVENTS);
  const metaText = source.sideFiles.meta === undefined ? undefined : inferredStartMeta(source.sideFiles.meta.text);
  const alone = new PieceMinimiser({ design, options: given }, window, found.claim, options);
  const trace = alone.minimise() ?? besideMeta(metaText);
  if (trace === undefined) throw noPiece(file, found, window);
  const { text, meta } = trace;
  const sideFiles = meta === undefined ? {} : { meta: { file: "the piece's meta file", text: meta } };
  const replayed = await replayTrace(() => bytesOf(text), sideFiles, design, given);
  assert(
    replayed.violations.some(({ claim }) => claim === found.claim),
    "a piece of a trace violates its claim when it is replayed as a file",
  );
  return {
    did: "minimised",
    trace: { ...trace, claim: found.claim, found, eventsBefore: window.eventsBefore, replayed },
  };

  function besideMeta(text: string | undefined): Piece | undefined {
    if (text === undefined) return undefined;
    const meta = readTraceMeta(text, file);
    const beside = new PieceMinimiser(
      { design, options: given, meta },
      window,
      (found as TraceViolation).claim,
      options,
    );
    const piece = beside.minimise();
    return piece === undefined ? undefined : { ...piece, meta: text };
  }
}

/** Blocks that were freed lately and are tried as the one that is used again. */
const REUSES = 24;

interface Left {
  readonly events: readonly PlacedEvent[];
  readonly minimal: boolean;
}

type Piece = Pick<MinimisedTrace, "events" | "tests" | "minimal" | "text" | "meta">;

/** Tries pieces of one window against one claim. */
class PieceMinimiser {
  private tests = 0;
  private readonly maxTests: number;

  constructor(
    private readonly replay: PieceReplay,
    private readonly window: TraceWindow,
    private readonly claim: string,
    private readonly options: MinimiseOptions,
  ) {
    this.maxTests = options.maxTests ?? MINIMISE_TESTS;
  }

  minimise(): Piece | undefined {
    const placed = this.window.events.map((line, place) => ({ place, line }));
    const failing = this.reuseBefore(placed) ?? this.failingSuffix(placed);
    if (failing === undefined) return undefined;
    const { events, minimal } = this.minimised(failing);
    return { events: events.length, tests: this.tests, minimal, text: new TextDecoder().decode(this.textOf(events)) };
  }

  /** Most failures are of a block used twice: one that was freed on the CPU that fails, of the order that fails, and that event. */
  private reuseBefore(placed: readonly PlacedEvent[]): readonly PlacedEvent[] | undefined {
    const last = placed.at(-1);
    const given = groupsOf(placed.filter(({ line }) => isPageCall(line))).filter((group) => {
      const back = group.at(-1);
      return group.length === 2 && back?.line.cpu === last?.line.cpu && back?.line.order === last?.line.order;
    });
    for (const group of given.slice(-REUSES).reverse()) {
      const left = last === undefined || group.includes(last) ? undefined : this.reduced([...group, last]);
      if (left !== undefined) return left;
    }
    return undefined;
  }

  /** The shortest of ever longer suffixes that fails, without what happened after the violation. */
  private failingSuffix(placed: readonly PlacedEvent[]): readonly PlacedEvent[] | undefined {
    for (let length = FIRST_SUFFIX; ; length *= GROWTH) {
      const left = this.reduced(placed.slice(-length));
      if (left !== undefined || length >= placed.length) return left;
    }
  }

  private minimised(suffix: readonly PlacedEvent[]): Left {
    const calls = this.reduced(suffix.filter(({ line }) => isPageCall(line))) ?? suffix;
    const groups = this.leaveOut(groupsOf(calls));
    const kept = eventsOf(groups.items);
    const whole = !missesFree(kept);
    const singles = this.leaveOut(
      kept.map((event) => [event]),
      (events) => whole && missesFree(events),
    );
    return { events: eventsOf(singles.items), minimal: groups.minimal && singles.minimal };
  }

  private leaveOut(
    groups: readonly EventGroup[],
    isMisread: (events: readonly PlacedEvent[]) => boolean = () => false,
  ): Reduced<EventGroup> {
    let stopped = false;
    const result = deltaDebug(
      groups,
      (candidate) => {
        stopped ||= this.options.shouldStop?.() === true;
        const events = eventsOf(candidate);
        if (stopped || isMisread(events)) return undefined;
        const left = this.reduced(events);
        const last = left?.at(-1);
        return last === undefined ? undefined : cutAfter(candidate, last.place);
      },
      Math.max(0, this.maxTests - this.tests),
    );
    return stopped ? { ...result, minimal: false } : result;
  }

  /** The events up to the violation, if they violate the claim. */
  private reduced(events: readonly PlacedEvent[]): readonly PlacedEvent[] | undefined {
    if (events.length === 0) return undefined;
    this.tests++;
    this.options.onProgress?.(`${this.replay.design.id}: piece ${this.tests}, ${events.length} events`);
    const line = violatedAt(this.textOf(events), this.claim, this.replay);
    return line === undefined ? undefined : events.slice(0, line - this.window.header.length);
  }

  private textOf(events: readonly PlacedEvent[]): Uint8Array {
    const header = this.window.header.map((line) => withCount(line, events.length));
    return joined([...header, ...events.map(({ line }) => line.bytes)]);
  }
}

const COUNT_LINE = /^(# entries-in-buffer\/entries-written: )\d+\/\d+/;

/** A header that told of more events than there are left would be read as a loss. */
function withCount(line: Uint8Array, events: number): Uint8Array {
  const text = new TextDecoder().decode(line);
  if (!COUNT_LINE.test(text)) return line;
  return new TextEncoder().encode(text.replace(COUNT_LINE, `$1${events}/${events}`));
}

function joined(lines: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(lines.reduce((sum, line) => sum + line.length + 1, 0));
  let at = 0;
  for (const line of lines) {
    bytes.set(line, at);
    at += line.length;
    bytes[at++] = NEWLINE;
  }
  return bytes;
}

const NEWLINE = 10;

/** The machine as it was recorded; which pages were free at the piece's beginning nobody recorded. */
function inferredStartMeta(text: string): string {
  const meta = JSON.parse(text) as Record<string, unknown>;
  return `${JSON.stringify({ ...meta, start_state: "inferred" }, null, 2)}\n`;
}

function noPiece(file: string, { claim, event }: TraceViolation, { events, eventsBefore }: TraceWindow): InputError {
  const why =
    events.length < eventsBefore
      ? `the last ${events.length} of the ${eventsBefore} events before it do not bring it about`
      : "the events before it do not bring it about without what lies beside the recording";
  return new InputError(
    "TRACE-PIECE",
    `${file}: ${claim} is violated at line ${event.line}, but by no piece of the trace alone: ${why}`,
    "minimise another claim: --claim ID, or look at the whole: asilab trace replay",
  );
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
