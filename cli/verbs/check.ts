import type { Command } from "commander";
import { DESIGNS, declaredBreaks, findBudget, findDesign } from "../../index.ts";
import { conclude } from "../conclude.ts";
import { wholeNumber } from "../numbers.ts";
import { type RunFlags, runFlags, type Session } from "../session.ts";

interface CheckFlags extends RunFlags {
  readonly budget: string;
  readonly seed: number;
  readonly requireComplete?: boolean;
  readonly words?: boolean;
  readonly ascii?: boolean;
}

/** `check [DESIGN…]`: the main job. */
export function addCheck(program: Command, session: Session): void {
  runFlags(
    program
      .command("check")
      .description("Judge designs by every engine within a budget: exhaustive search, random runs, recorded traces.")
      .argument("[designs...]", "ids; without one the whole suite, canaries and specification included"),
  )
    .option("--budget <name>", "quick, standard or deep: counts of states and runs", "quick")
    .option("--seed <n>", "seed of the random runs", wholeNumber("--seed", 0, 2 ** 31 - 1), 1)
    .option("--require-complete", "exit 22 when a limit leaves something unknown")
    .option("--words", "verdicts in words, one per line, instead of the table")
    .option("--ascii", "timelines in plain ASCII")
    .addHelpText("beforeAll", EXAMPLES)
    .action(async (ids: string[], flags: CheckFlags) => {
      findBudget(flags.budget);
      const suite = ids.length === 0;
      const designs = suite ? DESIGNS : [...new Set(ids)].map((id) => findDesign(id));
      const request = { designs: designs.map(({ id }) => id), suite, budget: flags.budget, seed: flags.seed };
      const outcome = await session.run({ kind: "check", request }, flags);
      const policy = {
        suite,
        gated: true,
        requireComplete: flags.requireComplete === true,
        breaks: declaredBreaks(designs),
      };
      const how = { verb: "check", policy, seed: flags.seed, stories: !suite, steps: false } as const;
      await conclude(session, outcome, { ...how, ascii: flags.ascii === true, words: flags.words === true }, flags);
    });
}

const EXAMPLES = `Examples:
  asilab check                              every design; exit 0 if each verdict is as declared
  asilab check async-free                   one design, judged; its own exit code
  asilab check canary-forget-one-cpu        exits 12 and prints the shortest counterexample
  asilab check --budget deep --json > report.json
`;
