import { type Against, against } from "../harness/against.ts";
import { worstExit } from "../harness/exit.ts";
import { type ExitPolicy, exitOfOutcome } from "../harness/expectation.ts";
import { placeNames } from "../harness/machine-for-run.ts";
import { type VerifyOutcome, worst } from "../harness/outcome.ts";
import { type Counterexample, type DesignResult, EXIT, type ExitCode, writeCounterexample } from "../index.ts";
import { InputError } from "../model/failure.ts";
import { packageVersion } from "../platform/package-files.ts";
import { CLAIMS } from "../properties/claims.ts";
import { againstLines } from "../report/against-text.ts";
import { hanging } from "../report/completeness.ts";
import type { WrittenRun } from "../report/formats/claim-outcomes.ts";
import { jsonDocument } from "../report/json-document.ts";
import { timeline } from "../report/timeline.ts";
import { verdictText } from "../report/verdict-text.ts";
import { reportFailure } from "./failure.ts";
import { lastLine } from "./last-line.ts";
import { foreignText, formatOf, type ReportFlags } from "./report-format.ts";
import type { Session } from "./session.ts";

/** How a checking verb wants its outcome told. */
export interface Conclusion {
  readonly verb: "check" | "verify" | "fuzz";
  readonly policy: ExitPolicy;
  readonly seed?: number;
  /** Timelines are printed: at most one per design, of its gravest claim. */
  readonly stories: boolean;
  readonly steps: boolean;
  readonly ascii: boolean;
  readonly words: boolean;
  /** A design that is there to be compared with: it does not decide the exit code. */
  readonly against?: string | undefined;
  /** The command that finds a counterexample again, where there is one. */
  readonly repeatOf?: (run: Counterexample) => string | undefined;
}

/** Writes the counterexamples, prints the report or the document, and sets the exit code. */
export async function conclude(
  session: Session,
  outcome: VerifyOutcome,
  how: Conclusion,
  flags: ReportFlags,
): Promise<void> {
  const { written, failure } = await writeAll(outcome.counterexamples, flags.out);
  const results = outcome.results.map((result) => withFiles(result, written));
  const exitCode = exitCodeOf(session, outcome, how, failure !== undefined);
  session.exitCode = exitCode;
  session.io.out(printed(session, { ...outcome, results }, written, how, flags));
  if (failure !== undefined) reportFailure(failure, session.io, session.argv);
}

/** A full disk must not cost the verdicts of a long run: the report is printed all the same, and the exit code says that it lacks files. */
async function writeAll(
  runs: readonly Counterexample[],
  folder: string,
): Promise<{ written: readonly WrittenRun[]; failure?: InputError }> {
  const written: WrittenRun[] = [];
  try {
    for (const run of runs) written.push({ run, file: await writeCounterexample(run, folder) });
  } catch (failure) {
    if (!(failure instanceof InputError)) throw failure;
    return { written: [...written, ...runs.slice(written.length).map((run) => ({ run }))], failure };
  }
  return { written };
}

function exitCodeOf(session: Session, outcome: VerifyOutcome, how: Conclusion, unwritten: boolean): ExitCode {
  const codes = [exitOfOutcome(named(outcome, how), how.policy)];
  if (session.io.interrupted()) codes.push(EXIT.interrupted);
  if (unwritten) codes.push(EXIT.usage);
  return worstExit(codes);
}

function withFiles(result: DesignResult, written: readonly WrittenRun[]): DesignResult {
  const claims = result.claims.map((claim) => {
    const found = written.find(({ run }) => run.design === result.id && run.claim === claim.id);
    return found?.file === undefined ? claim : { ...claim, counterexample: found.file };
  });
  return { ...result, claims };
}

function printed(
  session: Session,
  outcome: VerifyOutcome,
  written: readonly WrittenRun[],
  how: Conclusion,
  flags: ReportFlags,
): string {
  const format = formatOf(flags);
  if (format === "json") return document(session, outcome, written, how);
  if (format === "text") return text(session, outcome, written, how, flags);
  const { verb, policy, against: beside } = how;
  const last = lastLine(named(outcome, how), session.exitCode, policy);
  return foreignText(format, { outcome, policy, written, verb, last, beside, version: packageVersion() });
}

function document(session: Session, outcome: VerifyOutcome, written: readonly WrittenRun[], how: Conclusion): string {
  const head = {
    verb: how.verb,
    verdict: worst(outcome.results.map((result) => result.verdict)),
    ...(how.seed === undefined ? {} : { seed: how.seed }),
    exitCode: session.exitCode,
    milliseconds: session.elapsedMs(),
  };
  const counterexamples = written.map(({ run, file }) => ({
    design: run.design,
    claim: run.claim,
    witness: run.witness,
    events: run.events,
    steps: run.steps.length,
    minimality: run.minimality,
    engine: run.engine,
    file,
    repeat: how.repeatOf?.(run),
  }));
  const { results: designs, notes, gate, nondeterminism } = outcome;
  const changes = comparisons(outcome, how);
  return jsonDocument(head, { designs, counterexamples, notes, gate, nondeterminism, against: changes });
}

/** The outcome without the design that the others are only compared with. */
function named(outcome: VerifyOutcome, { against: other }: Conclusion): VerifyOutcome {
  const results = outcome.results.filter(({ id }) => id !== other);
  return { ...outcome, results: results.length === 0 ? outcome.results : results };
}

/** Each design beside the one it is compared with; undefined where none was asked for. */
function comparisons({ results }: VerifyOutcome, { against: id }: Conclusion): readonly Against[] | undefined {
  const other = results.find((result) => result.id === id);
  if (other === undefined) return undefined;
  return results.filter((result) => result !== other).map((result) => against(result, other));
}

function text(
  session: Session,
  outcome: VerifyOutcome,
  written: readonly WrittenRun[],
  how: Conclusion,
  flags: ReportFlags,
): string {
  const told = how.stories ? outcome.results.flatMap((result) => gravest(result, written)) : [];
  const stories = told.map(({ run, file }) => {
    const repeat = how.repeatOf?.(run);
    const lines = timeline(run, {
      places: placeNames(run),
      ...(file === undefined ? {} : { file }),
      steps: how.steps,
      ascii: how.ascii,
    });
    return repeat === undefined ? lines : [...lines, `repeat: npx ${repeat}`];
  });
  const last = lastLine(named(outcome, how), session.exitCode, how.policy);
  return verdictText(
    {
      results: outcome.results,
      notes: outcome.notes,
      gate: outcome.gate,
      ...(outcome.nondeterminism === undefined ? {} : { nondeterminism: outcome.nondeterminism }),
      changes: (comparisons(outcome, how) ?? []).flatMap(againstLines),
      stories,
      // One line for whatever reads a pipe; a terminal would break it inside a word.
      last: session.io.outIsTty ? hanging(last, "").join("\n") : last,
      words: how.words,
    },
    session.ink(flags),
  );
}

/** The counterexample of the first violated claim in report order: the theorem before what localises it. */
function gravest(result: DesignResult, written: readonly WrittenRun[]): WrittenRun[] {
  for (const { id } of CLAIMS) {
    const found = written.find(({ run }) => run.design === result.id && run.claim === id);
    if (found !== undefined) return [found];
  }
  return [];
}
