import type { Design } from "../../model/design.ts";
import type { Corpus } from "./corpus.ts";
import { Explorer, type RangeReport } from "./explorer.ts";
import type { FuzzOptions } from "./options.ts";
import { checkPath } from "./path.ts";
import { type Shrunk, shrinkFinding } from "./shrink-finding.ts";
import { type FuzzResult, type Range, Tally } from "./tally.ts";

/**
 * Explores a design by random runs in random worlds; every micro-step is held against every claim and the refinement.
 *
 * Run i is made from fast-check's i-th value for the seed. A campaign does not stop at a violation: it goes on to see which other
 * claims fall. Then, for each that fell, the violating run with the smallest number is shrunk by fast-check.
 *
 * - **Shapes, units**: counts of a violated claim are those up to its first violation; `SAMPLED` never means proven.
 * - **Cost**: over a million micro-steps a second; shrinking, some thousand short runs per violated claim. Memory does not grow
 *   with `steps`: a long run is not written down unless it finds something.
 * - **Errors**: `InputError` for a scope that cannot be built or a path that leads nowhere. Same options, same result.
 */
export function fuzz(design: Design, options: FuzzOptions): FuzzResult {
  const explorer = new Explorer(design, options);
  const tally = new Tally(design, options);
  const { path } = options;
  if (path === undefined) {
    for (let from = 0; from < options.runs && !tally.interrupted; from = tally.runs) {
      tally.add(tally.round(from, 1).map((range) => explorer.runRange(range.from, range.to, tally.corpus)));
    }
  } else runPath(explorer, tally, options, path);
  return tally.result(
    tally.findings().map(({ claim, run, corpus }) => shrinkFinding(design, options, explorer, claim, run, corpus)),
  );
}

/** A directed campaign has to be followed up to the round of the run. */
function runPath(explorer: Explorer, tally: Tally, options: FuzzOptions, path: string): void {
  checkPath(path, explorer.drawnWhole);
  if (explorer.drawnWhole) {
    tally.add([explorer.runPath(path)]);
    return;
  }
  const run = Number(path);
  const { corpus } = explorer.planner.strategy === "target" ? followed(explorer, options, run) : tally;
  tally.corpus = corpus;
  tally.add([explorer.runRange(run, run + 1, corpus)]);
}

/** The rounds before the one of a run, for what they reached. */
function followed(explorer: Explorer, options: FuzzOptions, run: number): { readonly corpus: Corpus } {
  const before = new Tally(explorer.design, { ...options, runs: Number.POSITIVE_INFINITY });
  for (;;) {
    const [range] = before.round(before.runs, 1);
    if (range === undefined || range.to > run || before.interrupted) return before;
    before.add([explorer.runRange(range.from, range.to, before.corpus)]);
  }
}

/** A part of a campaign: a row of its runs, as of a round that begins with this corpus. */
export function fuzzRange(design: Design, options: FuzzOptions, { from, to }: Range, corpus: Corpus): RangeReport {
  return new Explorer(design, options).runRange(from, to, corpus);
}

/** A part of a campaign: the first run that violated a claim, made small. */
export function fuzzShrink(design: Design, options: FuzzOptions, claim: string, run: number, corpus: Corpus): Shrunk {
  return shrinkFinding(design, options, new Explorer(design, options), claim, run, corpus);
}

/** Who makes the parts of a campaign: rows of runs, and the shrinks of what they found. Answers are plain data. */
export interface FuzzParts {
  range(range: Range, corpus: Corpus): Promise<RangeReport>;
  shrink(claim: string, run: number, corpus: Corpus): Promise<Shrunk>;
}

/**
 * The same campaign with the same result, its parts made elsewhere and several at a time.
 *
 * - **Shapes, units**: `pieces` rows a round; the result does not depend on it. No `path`: one run has no parts.
 */
export async function fuzzInParts(
  design: Design,
  options: FuzzOptions,
  parts: FuzzParts,
  pieces: number,
): Promise<FuzzResult> {
  const tally = new Tally(design, options);
  for (let from = 0; from < options.runs && !tally.interrupted; from = tally.runs) {
    const { corpus } = tally;
    tally.add(await Promise.all(tally.round(from, pieces).map((range) => parts.range(range, corpus))));
    options.onProgress?.({ runs: tally.runs, steps: tally.steps, violated: tally.violated() });
  }
  const findings = tally.findings();
  return tally.result(await Promise.all(findings.map(({ claim, run, corpus }) => parts.shrink(claim, run, corpus))));
}
