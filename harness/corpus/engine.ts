import type { Counterexample } from "../../model/counterexample.ts";
import type { Design } from "../../model/design.ts";
import type { Evidence } from "../../model/verdict.ts";
import { type EngineReport, type RunControl, worst } from "../outcome.ts";
import type { StoredEntry } from "./read.ts";
import { type CorpusCell, replayCorpus } from "./run.ts";

/** A corpus as one of the engines of a check, and the expectations that were not met. */
export interface CorpusEvidence {
  readonly report: EngineReport;
  readonly unmet: readonly string[];
}

/**
 * The known failures against one design, as evidence on the claims they are of.
 *
 * A design of the laboratory that is there to be broken, or to try out one part, is asked only where an entry names it.
 *
 * - **Cost**: as `replayCorpus`: seconds for a corpus of tens.
 */
export function corpusEngine(
  entries: readonly StoredEntry[],
  design: Design,
  control: RunControl = {},
): CorpusEvidence | undefined {
  const proposes = !design.canary && design.probe !== true;
  const relevant = entries.filter(({ entry }) => proposes || entry.expectations[design.id] !== undefined);
  if (relevant.length === 0) return undefined;
  const { rows, unmet, counterexamples, interrupted } = replayCorpus(relevant, [design], control);
  const byClaim = new Map<string, CorpusCell[]>();
  for (const { claim, cells } of rows) {
    const judged = cells.filter(({ verdict }) => verdict !== "n/a");
    if (judged.length > 0) byClaim.set(claim, [...(byClaim.get(claim) ?? []), ...judged]);
  }
  const evidence = new Map([...byClaim].map(([claim, cells]) => [claim, evidenceOf(cells)]));
  const found = new Map<string, Counterexample>();
  for (const run of counterexamples) if (!found.has(run.claim)) found.set(run.claim, run);
  return { report: { evidence, counterexamples: found, executed: [], interrupted }, unmet };
}

function evidenceOf(cells: readonly CorpusCell[]): Evidence {
  const verdict = worst(cells.map((cell) => cell.verdict));
  const failures = cells.length === 1 ? "1 known failure" : `${cells.length} known failures`;
  const how = {
    violated: "violated again",
    unknown: "not decided within the bound",
    holds: "not found again",
    "n/a": "",
  };
  return {
    engine: "corpus",
    scope: `corpus, ${failures}`,
    verdict,
    completeness: `CORPUS: ${failures}, ${how[verdict]}`,
    states: cells.reduce((sum, { states }) => sum + states, 0),
    runs: cells.length,
    // Calls that once led to a failure say nothing about whether the claim is in danger in general.
    reached: verdict === "violated",
  };
}
