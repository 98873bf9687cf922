import type { Command } from "commander";
import { placeNames } from "../../harness/machine-for-run.ts";
import { countEvents } from "../../harness/record.ts";
import {
  EXIT,
  type RefindReport,
  type ReplayReport,
  readRun,
  replay,
  worstExit,
  writeCounterexample,
} from "../../index.ts";
import { jsonDocument } from "../../report/json-document.ts";
import { refindText } from "../../report/refind-text.ts";
import { replayText } from "../../report/replay-text.ts";
import { timeline } from "../../report/timeline.ts";
import { emitOption, emittedText } from "../emit.ts";
import { exitOfReplay, verdictOfReplay } from "../replay-exit.ts";
import { type RunFlags, runFlags, type Session } from "../session.ts";

interface ReplayFlags extends RunFlags {
  readonly steps?: boolean;
  readonly ascii?: boolean;
  /** The language of a test. */
  readonly emit?: string;
  readonly refind: boolean;
}

/** A replay, what became of its failure, and the file that the failure was written to when it was found again. */
interface Told {
  readonly report: ReplayReport;
  readonly refound?: RefindReport | undefined;
  readonly written?: string | undefined;
}

/** `replay FILE`: a stored counterexample on today's code. */
export function addReplay(program: Command, session: Session): void {
  const replayed = runFlags(
    program
      .command("replay")
      .description("Run a counterexample again, compare it step by step, and name the first divergence.")
      .argument("<file>", "a file that asilab wrote, or - for standard input"),
  );
  emitOption(replayed)
    .option("--steps", "one line per micro-step")
    .option("--ascii", "plain ASCII")
    .option("--no-refind", "do not look for the failure nearby when it does not replay")
    .addHelpText("beforeAll", EXAMPLES)
    .action(async (file: string, flags: ReplayFlags) => {
      if (flags.emit !== undefined) return session.io.out(emittedText(replay(await readRun(file)), file, flags.emit));
      const request = { run: await readRun(file), refind: flags.refind };
      const { report, refound } = await session.run({ kind: "replay", request }, flags);
      const written = refound?.run === undefined ? undefined : await writeCounterexample(refound.run, flags.out);
      const told = { report, refound, written };
      const codes = [exitOfReplay(report, refound), ...(session.io.interrupted() ? [EXIT.interrupted] : [])];
      session.exitCode = worstExit(codes);
      session.io.out(flags.json === true ? document(session, told) : text(session, told, file, flags));
    });
}

function document(session: Session, { report, refound, written }: Told): string {
  const { run, answer, stepsStored, stepsDone, hashesCompared, divergence } = report;
  const head = {
    verb: "replay",
    verdict: verdictOfReplay(report, refound),
    ...(run.seed === undefined ? {} : { seed: run.seed }),
    exitCode: session.exitCode,
    milliseconds: session.elapsedMs(),
  };
  const { design, claim, scope, witness } = run;
  const events = countEvents(run.steps.map((step) => step.action));
  const told = { answer, design, claim, scope, witness, events, stepsStored, stepsDone, hashesCompared, divergence };
  return jsonDocument(head, { ...told, refind: refound === undefined ? undefined : refoundData(refound, written) });
}

function refoundData({ answer, how, common, run, tried }: RefindReport, file: string | undefined) {
  return { answer, how, common, steps: run?.steps.length, events: run?.events, witness: run?.witness, tried, file };
}

function text(session: Session, { report, refound, written }: Told, file: string, flags: ReplayFlags): string {
  const story = timeline(report.run, {
    places: placeNames(report.run),
    file,
    steps: flags.steps === true,
    ascii: flags.ascii === true,
    violated: verdictOfReplay(report) === "violated",
  });
  const ink = session.ink(flags);
  const found = refound === undefined ? [] : refindText(refound, report.run.claim, written, ink);
  const lines = [...story, "", ...replayText(report, ink), ...found, `exit ${session.exitCode}`];
  return `${lines.join("\n")}\n`;
}

const EXAMPLES = `Examples:
  asilab replay asilab-out/canary-forget-one-cpu-S1-e614a8c8.itf.json
  asilab replay FILE --steps --ascii      every micro-step, for a mail
  asilab replay FILE --emit vitest > bug.test.ts    as a test; or kunit
  asilab replay FILE --no-refind          the recorded run only

A run that does not replay is looked for nearby, and written to --out if its
failure is found.

Exit codes: the claim's own if it is violated again, also by a run nearby
(S: 12, L: 13, DEADLOCK: 11, REFINE: 14); 14 if the run diverges; the graver of
the two if both are so; 0 if every step is as recorded and the claim holds.
`;
