import { InputError } from "../../model/failure.ts";
import type { KernelVersion } from "../../model/gfp.ts";

/**
 * Who decides what is freed.
 *
 * - `as-recorded`: the recording, reclaim's frees included; the model reclaims and compacts nothing of its own.
 * - `closed-loop`: what reclaim freed in the recording is left out; the model's own reclaim and compaction run.
 */
export const REPLAY_MODES = ["as-recorded", "closed-loop"] as const;
export type ReplayMode = (typeof REPLAY_MODES)[number];

/** Which claims a replay is held against: all, or those of the structures alone (S17, S23), which cost a third. */
export const REPLAY_CLAIMS = ["all", "structural"] as const;
export type ReplayClaims = (typeof REPLAY_CLAIMS)[number];

/**
 * What a reading ahead goes by when it looks for calls that have no event: all events, or the calls alone. The kernel's refills
 * are among the events, and the model's are compared with them: the second shows how much hangs on that.
 */
export type Evidence = "events" | "calls";

/** How a recording is replayed; everything here is part of the scope that a verdict names. */
export interface TraceReplayOptions {
  /** What messages and the scope call the trace. */
  readonly file: string;
  readonly mode: ReplayMode;
  /** The version whose allocator is run; the recorded kernel's where it is not told. */
  readonly profile?: KernelVersion;
  readonly claims: ReplayClaims;
  /** The trace is read twice before it is replayed, for what its beginning and its events do not tell. */
  readonly lookAhead: boolean;
  readonly evidence: Evidence;
  /**
   * A kernel thread runs at its CPU's first event in task context that is later than this after its work was queued.
   * Microseconds; ticks where the trace's clock prints ticks.
   */
  readonly workerDelayMicros: number;
  /** One synthetic interrupt in this many calls; 0 switches them off. */
  readonly injectEvery: number;
}

/** A kernel thread that is woken on a busy CPU waits for a tick at worst and runs at once at best; this is in between. */
export const WORKER_DELAY_MICROS = 1000;

/** Rare enough to leave costs and structures as recorded (0.1 % of calls), frequent enough to meet every context. */
export const INJECT_EVERY = 1000;

/**
 * Fills in what is not given.
 *
 * - **Errors**: `InputError` BAD-TRACE-OPTION for a delay or rate that is not a whole number from 0 up.
 */
export function replayOptions(given: Partial<TraceReplayOptions> & { readonly file: string }): TraceReplayOptions {
  const { workerDelayMicros = WORKER_DELAY_MICROS, injectEvery = INJECT_EVERY } = given;
  check("--worker-delay", workerDelayMicros);
  check("--inject", injectEvery);
  const { mode = "as-recorded", claims = "all", lookAhead = false, evidence = "events", profile, file } = given;
  const told = profile === undefined ? {} : { profile };
  return { mode, ...told, claims, lookAhead, evidence, file, workerDelayMicros, injectEvery };
}

function check(option: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new InputError("BAD-TRACE-OPTION", `${option} ${value} is not a whole number from 0 up`);
}
