import type { StoredEntry } from "../../harness/corpus/read.ts";
import type { VerifyOutcome } from "../../harness/outcome.ts";
import {
  type CheckRequest,
  type CheckTasks,
  check,
  checkOneDesign,
  checkSpecifications,
  findBudget,
  findDesign,
  type JudgedDesign,
} from "../../index.ts";
import type { JobControl } from "../job.ts";

/** A check as plain data. */
export interface CheckJob {
  readonly designs: readonly string[];
  readonly suite: boolean;
  readonly budget: string;
  readonly seed: number;
  readonly twice: boolean;
  readonly corpus: readonly StoredEntry[];
}

/** One design of a check. */
export interface CheckPart {
  readonly design: string;
  readonly budget: string;
  readonly seed: number;
  readonly twice: boolean;
  readonly corpus: readonly StoredEntry[];
}

/** A whole check, its designs judged in other threads where there are some. */
export function runCheck(job: CheckJob, control: JobControl): Promise<VerifyOutcome> {
  const { suite, seed, twice, corpus } = job;
  const designs = job.designs.map((id) => findDesign(id));
  const request: CheckRequest = { ...control, designs, suite, seed, twice, corpus, budget: findBudget(job.budget) };
  return control.runPart === undefined ? check(request) : check(request, tasksElsewhere(job, control));
}

export function runCheckPart({ design, budget, ...part }: CheckPart, control: JobControl): Promise<JudgedDesign> {
  return checkOneDesign(findDesign(design), { ...control, ...part, budget: findBudget(budget) });
}

export function runCheckSpecification({ budget }: { readonly budget: string }, control: JobControl): VerifyOutcome {
  return checkSpecifications({ ...control, budget: findBudget(budget) });
}

function tasksElsewhere(
  { budget, seed, twice, corpus }: CheckJob,
  { runPart, onProgress }: JobControl,
): CheckTasks | undefined {
  if (runPart === undefined) return undefined;
  return {
    specification: () => runPart({ kind: "checkSpecification", request: { budget } }, onProgress),
    design: ({ id }) =>
      runPart({ kind: "checkDesign", request: { design: id, budget, seed, twice, corpus } }, onProgress),
  };
}
