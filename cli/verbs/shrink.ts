import type { Command } from "commander";
import { placeNames } from "../../harness/machine-for-run.ts";
import { countEvents } from "../../harness/record.ts";
import {
  EXIT,
  exitOfClaim,
  type ReplayReport,
  readRun,
  replay,
  type ShrinkReport,
  worstExit,
  writeCounterexample,
} from "../../index.ts";
import { jsonDocument } from "../../report/json-document.ts";
import { replayText } from "../../report/replay-text.ts";
import { shrinkText } from "../../report/shrink-text.ts";
import { timeline } from "../../report/timeline.ts";
import { wholeNumber } from "../numbers.ts";
import { type RunFlags, runFlags, type Session } from "../session.ts";

interface ShrinkFlags extends RunFlags {
  readonly maxStates?: number;
  readonly steps?: boolean;
  readonly ascii?: boolean;
}

/** `shrink FILE`: a stored counterexample, smaller. */
export function addShrink(program: Command, session: Session): void {
  runFlags(
    program
      .command("shrink")
      .description(
        "Make a counterexample small: fewer steps, simpler requests, a smaller world; then prove it shortest.",
      )
      .argument("<file>", "a file that asilab wrote, or - for standard input"),
  )
    .option(
      "--max-states <n>",
      "states that a search may store; 0: no search (default: 300000)",
      wholeNumber("--max-states", 0, 2 ** 31),
    )
    .option("--steps", "one line per micro-step")
    .option("--ascii", "plain ASCII")
    .addHelpText("beforeAll", EXAMPLES)
    .action(async (file: string, flags: ShrinkFlags) => {
      const stored = await readRun(file);
      const replayed = replay(stored);
      if (replayed.answer === "diverged" || replayed.answer === "not-violated")
        return tellGone(session, replayed, flags);
      const limits = flags.maxStates === undefined ? {} : { maxStates: flags.maxStates };
      const report = await session.run({ kind: "shrink", request: { run: stored, ...limits } }, flags);
      const written = await writeCounterexample(report.run, flags.out);
      const codes = [exitOfClaim(stored.claim), ...(session.io.interrupted() ? [EXIT.interrupted] : [])];
      session.exitCode = worstExit(codes);
      const told = flags.json === true ? document(session, report, written) : text(session, report, written, flags);
      session.io.out(told);
    });
}

/** A run that violates nothing any more cannot be made smaller: where it differs is the answer. */
function tellGone(session: Session, report: ReplayReport, flags: ShrinkFlags): void {
  const { answer, run, divergence, stepsStored } = report;
  session.exitCode = answer === "diverged" ? EXIT.refinement : EXIT.ok;
  if (flags.json !== true) {
    const lines = [...replayText(report, session.ink(flags)), "nothing to make smaller", `exit ${session.exitCode}`];
    session.io.out(`${lines.join("\n")}\n`);
    return;
  }
  const { design, claim, witness, scope } = run;
  const before = { events: countEvents(run.steps.map(({ action }) => action)), steps: stepsStored, scope };
  const tried = { attempts: 0, states: 0 };
  const body = { answer, design, claim, witness, before, stages: [], tried, divergence };
  session.io.out(jsonDocument(headOf(session, run, answer === "diverged" ? "unknown" : "holds"), body));
}

function document(session: Session, { run, before, after, stages, tried }: ShrinkReport, file: string): string {
  const { design, claim, witness, minimality } = run;
  const same = before.steps === after.steps && before.events === after.events && before.scope === after.scope;
  const answer = same ? "as-small-as-it-gets" : "smaller";
  const body = { answer, design, claim, witness, minimality, before, after, stages, tried, file };
  return jsonDocument(headOf(session, run, "violated"), body);
}

function headOf(session: Session, { seed }: { readonly seed?: number }, verdict: "violated" | "unknown" | "holds") {
  const { exitCode } = session;
  const random = seed === undefined ? {} : { seed };
  return { verb: "shrink", verdict, ...random, exitCode, milliseconds: session.elapsedMs() };
}

function text(session: Session, report: ShrinkReport, file: string, flags: ShrinkFlags): string {
  const story = timeline(report.run, {
    places: placeNames(report.run),
    file,
    steps: flags.steps === true,
    ascii: flags.ascii === true,
  });
  const lines = [...shrinkText(report, session.ink(flags)), "", ...story, "", `exit ${session.exitCode}`];
  return `${lines.join("\n")}\n`;
}

const EXAMPLES = `Examples:
  asilab shrink asilab-out/canary-no-zero-S1-5adb8b0d.itf.json
  asilab shrink FILE --out small           the small run's file goes to small/
  asilab shrink FILE --max-states 3000000  search longer for the proof

Exit codes: the claim's own (S: 12, L: 13, DEADLOCK: 11, REFINE: 14); if the run
does not violate its claim any more, what replay answers: 14 where it diverges.
`;
