import type { StoredRun } from "../../harness/counterexample-file.ts";
import { type ShrinkReport, shrinkRun } from "../../index.ts";
import type { JobControl } from "../job.ts";

/** A counterexample as read from a file, and what a search may take. */
export interface ShrinkJob {
  readonly run: StoredRun;
  readonly maxStates?: number;
}

export function runShrink({ run, ...limits }: ShrinkJob, { onProgress, shouldStop }: JobControl): ShrinkReport {
  return shrinkRun(run, { ...limits, onProgress, shouldStop });
}
