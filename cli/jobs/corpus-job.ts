import { type CorpusReport, DESIGNS, designsOfEntry, findDesign, readCorpusFolder, replayCorpus } from "../../index.ts";
import type { JobControl } from "../job.ts";

/** Which corpus is run against which designs. */
export interface CorpusJob {
  readonly dir: string;
  /** Without: for each entry what proposes something and what the entry names. */
  readonly designs?: readonly string[];
  readonly maxStates?: number;
}

export async function runCorpus({ dir, designs, ...limits }: CorpusJob, control: JobControl): Promise<CorpusReport> {
  const entries = (await readCorpusFolder(dir)) ?? [];
  const asked = designs?.map((id) => findDesign(id));
  return replayCorpus(entries, asked ?? ((entry) => designsOfEntry(entry, DESIGNS)), { ...limits, ...control });
}
