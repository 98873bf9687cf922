import type { Command } from "commander";
import { exitName, exitOfClaim, worstExit } from "../../harness/exit.ts";
import { worst } from "../../harness/outcome.ts";
import {
  type CorpusCell,
  type CorpusReport,
  type Counterexample,
  EXIT,
  type ExitCode,
  findDesign,
  recordExpectations,
  writeCounterexample,
} from "../../index.ts";
import { corpusText } from "../../report/corpus-text.ts";
import { jsonDocument } from "../../report/json-document.ts";
import { wholeNumber } from "../numbers.ts";
import { type RunFlags, runFlags, type Session } from "../session.ts";
import { corpusIn, dirFlag } from "./corpus-folder.ts";

interface RunCorpusFlags extends RunFlags {
  readonly dir: string;
  readonly maxStates?: number;
  readonly record?: boolean;
  readonly requireComplete?: boolean;
}

/** `corpus run [DESIGN…]`: which designs still have which bug. */
export function addCorpusRun(corpus: Command, session: Session): void {
  dirFlag(
    runFlags(
      corpus
        .command("run")
        .description("Which designs still have which bug: every schedule of each entry's calls, on every design.")
        .argument("[design...]", "ids; without one what proposes something and what entries name"),
    ),
  )
    .option("--record", "write what was found into the entries, as what is expected from now on")
    .option("--max-states <n>", "states per entry and design at most", wholeNumber("--max-states", 1, 2 ** 31))
    .option("--require-complete", "exit 22 when a limit leaves something unknown")
    .addHelpText("beforeAll", EXAMPLES)
    .action(async (ids: readonly string[], flags: RunCorpusFlags) => {
      const stored = await corpusIn(flags.dir);
      const suite = ids.length === 0;
      const designs = suite ? undefined : ids.map((id) => findDesign(id).id);
      const limits = flags.maxStates === undefined ? {} : { maxStates: flags.maxStates };
      const request = { dir: flags.dir, ...(designs === undefined ? {} : { designs }), ...limits };
      const report = await session.run({ kind: "corpus", request }, flags);
      const changed = flags.record === true ? await recordExpectations(stored, report) : [];
      const found: { run: Counterexample; file: string }[] = [];
      for (const run of report.counterexamples) found.push({ run, file: await writeCounterexample(run, flags.out) });
      const recorded = flags.record === true;
      session.exitCode = exitOf(report, { suite, recorded, requireComplete: flags.requireComplete === true });
      if (session.io.interrupted()) session.exitCode = worstExit([session.exitCode, EXIT.interrupted]);
      const files = found.map(({ file }) => file);
      session.io.out(
        flags.json === true
          ? document(session, report, files, changed)
          : corpusText(report, lastLines(session, report, files, changed), session.ink(flags)),
      );
    });
}

interface Policy {
  readonly suite: boolean;
  readonly recorded: boolean;
  readonly requireComplete: boolean;
}

/**
 * Suite mode: 20 for an expectation that was not met, and the claim's own code where nobody expected anything. Judge mode: the
 * claim's own code, whatever was expected.
 */
function exitOf(report: CorpusReport, { suite, recorded, requireComplete }: Policy): ExitCode {
  const codes: ExitCode[] = [];
  if (suite && report.unmet.length > 0 && !recorded) codes.push(EXIT.expectation);
  for (const { claim, cells } of report.rows) {
    if (cells.some((cell) => cell.verdict === "violated" && (!suite || isNews(cell, recorded)))) {
      codes.push(exitOfClaim(claim));
    }
    if (requireComplete && cells.some((cell) => cell.verdict === "unknown")) codes.push(EXIT.incomplete);
  }
  return worstExit(codes);
}

function isNews({ expected }: CorpusCell, recorded: boolean): boolean {
  return expected === undefined && !recorded;
}

function lastLines(
  session: Session,
  report: CorpusReport,
  files: readonly string[],
  changed: readonly string[],
): string {
  const { rows, unmet, interrupted } = report;
  const cells = rows.flatMap((row) => row.cells);
  const violated = [...new Set(cells.filter((cell) => cell.verdict === "violated").map(({ design }) => design))];
  const open = cells.filter((cell) => cell.verdict === "unknown").length;
  const known = rows.length === 1 ? "1 known failure" : `${rows.length} known failures`;
  const sentences = [
    ...(interrupted ? ["interrupted: this is what was done until then"] : []),
    `${known}; ${violated.length === 0 ? "no design has any" : `still in: ${violated.join(", ")}`}`,
    ...(open === 0 ? [] : [`NOT COMPLETE: ${open} unknown`]),
    unmet.length === 0 ? "every expectation is met" : `${unmet.length} not as expected`,
    `exit ${session.exitCode} (${exitName(session.exitCode)})`,
  ];
  return [
    ...files.map((file) => `wrote ${file}`),
    ...changed.map((file) => `recorded in ${file}`),
    sentences.join("; "),
  ].join("\n");
}

function document(
  session: Session,
  report: CorpusReport,
  counterexamples: readonly string[],
  changed: readonly string[],
): string {
  const { rows, unmet } = report;
  const head = {
    verb: "corpus run",
    verdict: worst(rows.flatMap((row) => row.cells.map((cell) => cell.verdict))),
    exitCode: session.exitCode,
    milliseconds: session.elapsedMs(),
  };
  return jsonDocument(head, { rows, unmet, counterexamples, changed });
}

const EXAMPLES = `Examples:
  asilab corpus run                    which designs still have which bug
  asilab corpus run async-free         one design, judged; exit 12 if it has one
  asilab corpus run --record           what is found is expected from now on

Each entry's recorded steps are tried first, then every schedule of its calls,
each CPU's in their order. "holds" says no schedule of these calls violates the
claim in the entry's world, and nothing beyond. Exit codes: 20 if a verdict is
not the entry's expectation; with designs named, the claim's own.
`;
