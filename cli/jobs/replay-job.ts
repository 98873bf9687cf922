import type { StoredRun } from "../../harness/counterexample-file.ts";
import { type RefindReport, type ReplayReport, refind, replay } from "../../index.ts";
import type { JobControl } from "../job.ts";

/** A counterexample as read from a file, and whether to look for its failure where it does not replay. */
export interface ReplayJob {
  readonly run: StoredRun;
  readonly refind: boolean;
}

export interface Replayed {
  readonly report: ReplayReport;
  readonly refound?: RefindReport;
}

export function runReplay({ run, refind: looks }: ReplayJob, { onProgress, shouldStop }: JobControl): Replayed {
  const report = replay(run);
  const isGone = report.answer === "diverged" || report.answer === "not-violated";
  if (!looks || !isGone) return { report };
  return { report, refound: refind(run, report, { onProgress, shouldStop }) };
}
