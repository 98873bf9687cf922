import type { Design } from "../../model/design.ts";
import { EVENT } from "../trace/event.ts";
import { inferTraceMeta, type TraceMeta } from "../trace/meta.ts";
import { PageHistory, SEEN } from "../trace/page-history.ts";
import { TraceParser } from "../trace/parser.ts";
import { bootAt } from "../trace-replay/boot-at.ts";
import type { FirstSight } from "../trace-replay/first-sight.ts";
import type { TraceReplayOptions } from "../trace-replay/options.ts";
import { PageMap } from "../trace-replay/page-map.ts";
import { replayMachine } from "../trace-replay/replay-machine.ts";
import { Replayer } from "../trace-replay/replayer.ts";
import { RequestTable } from "../trace-replay/request-table.ts";
import { inferredStart } from "../trace-replay/start-state.ts";
import { ORDER_FOLLOWED_MAX } from "./piece.ts";

/** Parsed between two looks whether the claim is violated. */
const CHUNK_BYTES = 64 * 1024;

/** A piece of a recording is replayed as a file of its own would be: nothing but its lines and, perhaps, a meta file tell of it. */
export interface PieceReplay {
  readonly design: Design;
  readonly options: TraceReplayOptions;
  /** What a meta file beside the piece says; its start state is inferred. */
  readonly meta?: TraceMeta;
}

/**
 * The line at whose event a claim is first violated when a text is replayed, from 1; `undefined` if it never is.
 *
 * The same run as `replayTrace` of the text with nothing beside it, at once instead of as a stream: it is done hundreds of times.
 *
 * - **Cost**: the boot of a machine of the text's size, then about 2 µs a micro-step until the violation.
 * - **Errors**: those of the parser; a text without an event violates nothing.
 */
export function violatedAt(
  text: Uint8Array,
  claim: string,
  { design, options, meta: told }: PieceReplay,
): number | undefined {
  const { file } = options;
  const sight = sightOf(text, file);
  const meta = told ?? inferTraceMeta(sight.summary);
  const requests = new RequestTable(design, meta.kernel, options.profile);
  const machine = replayMachine(design, meta, options, requests.requests);
  const map = new PageMap(machine.world.pages);
  bootAt(machine, inferredStart(sight, meta.zones, machine.world.geometry.maxOrder), map);
  const replayer = new Replayer(machine, map, requests, options);
  const found = (): number | undefined => replayer.watch.violations.find((each) => each.claim === claim)?.event.line;
  let over = false;
  const parser = new TraceParser({
    kernel: meta.kernel,
    file,
    onEvent: (event, words) => {
      if (over || replayer.skips()) return;
      replayer.take(event, words);
      over = replayer.watch.stopped || found() !== undefined;
    },
  });
  for (let at = 0; at < text.length && !over; at += CHUNK_BYTES) parser.push(text.subarray(at, at + CHUNK_BYTES));
  if (!over) {
    parser.finish();
    replayer.finish();
  }
  return found();
}

function sightOf(text: Uint8Array, file: string): FirstSight {
  const pages = new PageHistory();
  const parser = new TraceParser({
    // As a first reading does, which knows no kernel yet.
    kernel: "6.12",
    file,
    onEvent: ({ kind, failed, pfn, order }) => {
      const first = kind === EVENT.alloc && failed === 0 ? SEEN.live : kind === EVENT.free ? SEEN.freed : SEEN.never;
      const end = pfn + 2 ** Math.min(order, ORDER_FOLLOWED_MAX);
      for (let page = pfn; first !== SEEN.never && page < end; page++) {
        if (pages.get(page) === SEEN.never) pages.set(page, first);
      }
    },
  });
  parser.push(text);
  return { summary: parser.finish(), isFreedFirst: (pfn) => pages.get(pfn) === SEEN.freed };
}
