import type { Command } from "commander";
import { DESIGNS, declaredBreaks, findDesign, parseScope, printScope } from "../../index.ts";
import { InputError } from "../../model/failure.ts";
import { conclude } from "../conclude.ts";
import { wholeNumber } from "../numbers.ts";
import { type ReportFlags, reportFlags } from "../report-format.ts";
import type { Session } from "../session.ts";

interface FuzzFlags extends ReportFlags {
  readonly runs: number;
  /** Length of a run: pairs of actor and preference. */
  readonly steps: number;
  readonly seed: number;
  readonly path?: string;
  readonly scope?: string;
  readonly strategy: string;
  readonly words?: boolean;
  readonly ascii?: boolean;
}

const STRATEGIES = ["uniform"];

/** `fuzz DESIGN`: random schedules in random worlds, shrunk by fast-check. */
export function addFuzz(program: Command, session: Session): void {
  reportFlags(
    program
      .command("fuzz")
      .description("Run random schedules in random worlds, larger than search can reach, and shrink what fails.")
      .argument("<design>", "id of the design"),
  )
    .option("--runs <n>", "runs", wholeNumber("--runs", 1, 10 ** 9), 200)
    .option("--steps <n>", "length of a run, in scheduling choices", wholeNumber("--steps", 1, 10 ** 7), 2000)
    .option("--seed <n>", "seed; run i depends on it and on i only", wholeNumber("--seed", 0, 2 ** 31 - 1), 1)
    .option("--path <p>", "one run only, by the path an earlier campaign printed")
    .option("--scope <keys>", "one world instead of random ones; its calls are no limit here")
    .option("--strategy <name>", STRATEGIES.join(", "), "uniform")
    .option("--words", "verdicts in words, one per line, instead of the table")
    .option("--ascii", "timelines in plain ASCII")
    .addHelpText("beforeAll", EXAMPLES)
    .action(async (id: string, flags: FuzzFlags) => {
      checkStrategy(flags.strategy);
      checkPath(flags.path);
      const { runs, steps, seed } = flags;
      const request = {
        design: findDesign(id).id,
        runs,
        steps,
        seed,
        ...(flags.path === undefined ? {} : { path: flags.path }),
        ...(flags.scope === undefined ? {} : { scope: printScope(parseScope(flags.scope)) }),
      };
      const outcome = await session.run({ kind: "fuzz", request }, flags);
      const policy = { suite: false, gated: false, requireComplete: false, breaks: declaredBreaks(DESIGNS) };
      const how = {
        verb: "fuzz",
        policy,
        seed,
        stories: true,
        steps: false,
        repeatOf: (run: { readonly claim: string }) =>
          outcome.repeats.find((repeat) => repeat.claim === run.claim)?.command,
      } as const;
      await conclude(session, outcome, { ...how, ascii: flags.ascii === true, words: flags.words === true }, flags);
    });
}

function checkStrategy(name: string): void {
  if (STRATEGIES.includes(name)) return;
  throw new InputError(
    "UNKNOWN-STRATEGY",
    `there is no strategy "${name}" in this version`,
    `--strategy ${STRATEGIES.join(" or ")}`,
  );
}

/** fast-check's own complaint about a path is no sentence for a user. */
function checkPath(path: string | undefined): void {
  if (path === undefined || /^\d{1,9}(:\d{1,9})*$/.test(path)) return;
  throw new InputError("BAD-PATH", `--path ${path.slice(0, 60)}: numbers joined by colons are needed`, "--path 17:0:3");
}

const EXAMPLES = `Examples:
  asilab fuzz async-free --runs 1000 --seed 7
  asilab fuzz canary-no-zero --scope cpus=4,pages=64
  asilab fuzz canary-no-zero --seed 7 --steps 2000 --path 12:0:4    one run again, as printed
`;
