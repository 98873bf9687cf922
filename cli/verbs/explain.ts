import type { Command } from "commander";
import { placeNames } from "../../harness/machine-for-run.ts";
import { countEvents } from "../../harness/record.ts";
import { EXIT, type Explanation, type ReplayReport, readRun } from "../../index.ts";
import { explainText } from "../../report/explain-text.ts";
import { jsonDocument } from "../../report/json-document.ts";
import { replayText } from "../../report/replay-text.ts";
import { timeline } from "../../report/timeline.ts";
import { exitOfReplay, verdictOfReplay } from "../replay-exit.ts";
import { type CommonFlags, commonFlags, type Session } from "../session.ts";

interface ExplainFlags extends CommonFlags {
  readonly ascii?: boolean;
  readonly steps?: boolean;
}

/** `explain FILE`: why a stored counterexample violates its claim. */
export function addExplain(program: Command, session: Session): void {
  commonFlags(
    program
      .command("explain")
      .description("Say why a counterexample fails: what matters in it, who wrote what, and when it was past help.")
      .argument("<file>", "a file that asilab wrote, or - for standard input"),
  )
    .option("--steps", "the timeline with one line per micro-step")
    .option("--ascii", "plain ASCII")
    .addHelpText("beforeAll", EXAMPLES)
    .action(async (file: string, flags: ExplainFlags) => {
      const { report, explanation } = await session.run({ kind: "explain", request: { run: await readRun(file) } }, {});
      session.exitCode = session.io.interrupted() ? EXIT.interrupted : exitOfReplay(report);
      const told =
        flags.json === true
          ? document(session, report, explanation)
          : text(session, report, explanation, { ...flags, file });
      session.io.out(told);
    });
}

function document(session: Session, report: ReplayReport, explanation: Explanation | undefined): string {
  const { run, answer, divergence, stepsStored } = report;
  const head = {
    verb: "explain",
    verdict: verdictOfReplay(report),
    ...(run.seed === undefined ? {} : { seed: run.seed }),
    exitCode: session.exitCode,
    milliseconds: session.elapsedMs(),
  };
  const { design, claim, scope, witness } = run;
  const events = countEvents(run.steps.map((step) => step.action));
  const told = { answer, design, claim, scope, witness, events, steps: stepsStored, divergence, explanation };
  return jsonDocument(head, told);
}

function text(
  session: Session,
  report: ReplayReport,
  explanation: Explanation | undefined,
  { steps, ascii, file, ...flags }: ExplainFlags & { readonly file: string },
): string {
  const places = placeNames(report.run);
  const ink = session.ink(flags);
  const violated = explanation !== undefined;
  const shown = { places, file, steps: steps === true, ascii: ascii === true, violated };
  const why = violated
    ? explainText(explanation, { places, ink, ascii: ascii === true })
    : [...replayText(report, ink), "nothing to explain"];
  return `${[...timeline(report.run, shown), "", ...why, "", `exit ${session.exitCode}`].join("\n")}\n`;
}

const EXAMPLES = `Examples:
  asilab explain asilab-out/canary-forget-one-cpu-S1-e614a8c8.itf.json
  asilab explain FILE --ascii             for a mail
  asilab explain FILE --json              everything, the whole slice included

Exit codes: those of replay; the claim's own if it is violated (S: 12, L: 13,
DEADLOCK: 11, REFINE: 14), and then it is explained.
`;
