import type { StoredRun } from "../../harness/counterexample-file.ts";
import { type Explanation, explainRun, type ReplayReport, replay } from "../../index.ts";
import type { JobControl } from "../job.ts";

export interface ExplainJob {
  readonly run: StoredRun;
}

/** A run that violates nothing any more has nothing to be explained. */
export interface Explained {
  readonly report: ReplayReport;
  readonly explanation?: Explanation;
}

export function runExplain({ run }: ExplainJob, { shouldStop }: JobControl): Explained {
  const report = replay(run);
  if (report.answer === "diverged" || report.answer === "not-violated") return { report };
  return { report, explanation: explainRun(report.run, { shouldStop }) };
}
