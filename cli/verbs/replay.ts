import type { Command } from "commander";
import { exitOfClaim, worstExit } from "../../harness/exit.ts";
import { placeNames } from "../../harness/machine-for-run.ts";
import { countEvents } from "../../harness/record.ts";
import { EXIT, type ExitCode, type ReplayReport, replayFile, type VerdictWord } from "../../index.ts";
import { jsonDocument } from "../../report/json-document.ts";
import { replayText } from "../../report/replay-text.ts";
import { timeline } from "../../report/timeline.ts";
import { type CommonFlags, commonFlags, type Session } from "../session.ts";

interface ReplayFlags extends CommonFlags {
  readonly steps?: boolean;
  readonly ascii?: boolean;
}

/** `replay FILE`: a stored counterexample on today's code. */
export function addReplay(program: Command, session: Session): void {
  commonFlags(
    program
      .command("replay")
      .description("Run a counterexample again, compare it step by step, and name the first divergence.")
      .argument("<file>", "a file that asilab wrote, or - for standard input"),
  )
    .option("--steps", "one line per micro-step")
    .option("--ascii", "plain ASCII")
    .addHelpText("beforeAll", EXAMPLES)
    .action(async (file: string, flags: ReplayFlags) => {
      const report = await replayFile(file);
      session.exitCode = exitOf(report);
      session.io.out(flags.json === true ? document(session, report) : text(session, report, file, flags));
    });
}

/** The claim's own code if it is violated again; 14 if today's code does something else; 0 if all is the same and it holds. */
function exitOf({ answer, run }: ReplayReport): ExitCode {
  switch (answer) {
    case "reproduced":
      return exitOfClaim(run.claim);
    case "violated-differently":
      return worstExit([exitOfClaim(run.claim), EXIT.refinement]);
    case "not-violated":
      return EXIT.ok;
    case "diverged":
      return EXIT.refinement;
  }
}

function verdictOf({ answer }: ReplayReport): VerdictWord {
  if (answer === "diverged") return "unknown";
  return answer === "not-violated" ? "holds" : "violated";
}

function document(session: Session, report: ReplayReport): string {
  const { run, answer, stepsStored, stepsDone, hashesCompared, divergence } = report;
  const head = {
    verb: "replay",
    verdict: verdictOf(report),
    ...(run.seed === undefined ? {} : { seed: run.seed }),
    exitCode: session.exitCode,
    milliseconds: session.elapsedMs(),
  };
  const { design, claim, scope, witness } = run;
  const events = countEvents(run.steps.map((step) => step.action));
  const told = { answer, design, claim, scope, witness, events, stepsStored, stepsDone, hashesCompared, divergence };
  return jsonDocument(head, told);
}

function text(session: Session, report: ReplayReport, file: string, flags: ReplayFlags): string {
  const story = timeline(report.run, {
    places: placeNames(report.run),
    file,
    steps: flags.steps === true,
    ascii: flags.ascii === true,
    violated: verdictOf(report) === "violated",
  });
  const lines = [...story, "", ...replayText(report, session.ink(flags)), `exit ${session.exitCode}`];
  return `${lines.join("\n")}\n`;
}

const EXAMPLES = `Examples:
  asilab replay asilab-out/canary-forget-one-cpu-S1-e614a8c8.itf.json
  asilab replay FILE --steps --ascii      every micro-step, for a mail

Exit codes: the claim's own if it is violated again (S: 12, L: 13, DEADLOCK: 11,
REFINE: 14), 14 if the run diverges, 0 if every step is as recorded and the claim
holds.
`;
