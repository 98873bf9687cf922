import type { ReplayMode } from "../trace-replay/options.ts";

/** Why a figure misses its target, found in the sources and in the recording; and the recordings it is about. */
export interface Cause {
  readonly trace: RegExp;
  readonly mode?: ReplayMode;
  /** Of the figures' names. */
  readonly figure: RegExp;
  readonly because: string;
}

/** The first that fits a miss explains it; a miss that none fits is printed as unexplained. */
export const CAUSES: readonly Cause[] = [];

/** The first cause that fits, if any. */
export function causeOf(trace: string, mode: ReplayMode, figure: string): string | undefined {
  return CAUSES.find(
    (cause) =>
      cause.trace.test(trace) && (cause.mode === undefined || cause.mode === mode) && cause.figure.test(figure),
  )?.because;
}
