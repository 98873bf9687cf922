import { InputError } from "../../model/failure.ts";

/** How a recording is replayed; everything here is part of the scope that a verdict names. */
export interface TraceReplayOptions {
  /** What messages and the scope call the trace. */
  readonly file: string;
  /** `as-recorded`: the recording decides what is freed and when; the model reclaims nothing of its own. */
  readonly mode: "as-recorded";
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
  return { mode: "as-recorded", file: given.file, workerDelayMicros, injectEvery };
}

function check(option: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new InputError("BAD-TRACE-OPTION", `${option} ${value} is not a whole number from 0 up`);
}
