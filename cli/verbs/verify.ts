import type { Command } from "commander";
import { DESIGNS, declaredBreaks, findDesign, parseScope, printScope } from "../../index.ts";
import { conclude } from "../conclude.ts";
import type { Job } from "../job.ts";
import { wholeNumber } from "../numbers.ts";
import { type ReportFlags, reportFlags } from "../report-format.ts";
import type { Session } from "../session.ts";
import { specificationSize } from "../specification-size.ts";
import { isTwice, type TwiceFlag, twiceFlag } from "../twice-flag.ts";

interface VerifyFlags extends ReportFlags, TwiceFlag {
  readonly scope?: string;
  readonly maxStates?: number;
  readonly symmetry: boolean;
  readonly por: boolean;
  readonly requireComplete?: boolean;
  readonly steps?: boolean;
  readonly words?: boolean;
  readonly ascii?: boolean;
}

/** `verify [DESIGN]`: exhaustive search of a design, or of the specification. */
export function addVerify(program: Command, session: Session): void {
  const command = reportFlags(
    program
      .command("verify")
      .description("Explore every interleaving: of a design in a scenario, or of the specification itself.")
      .argument("[design]", "id; without one the specification product"),
  );
  twiceFlag(command)
    .option("--scope <keys>", "the scenario, for example cpus=2,pages=8,calls=3+3 (the specification: cpus,pages)")
    .option("--max-states <n>", "states to store at most", wholeNumber("--max-states", 1, 2 ** 31))
    .option("--no-symmetry", "a design: keep states apart that only differ in which CPU is which")
    .option("--no-por", "a design: let others run between a lock and what is done under it")
    .option("--require-complete", "exit 22 when a limit leaves something unknown")
    .option("--steps", "timelines with one line per micro-step")
    .option("--words", "verdicts in words, one per line, instead of the table")
    .option("--ascii", "timelines in plain ASCII")
    .addHelpText("beforeAll", EXAMPLES)
    .action(async (id: string | undefined, flags: VerifyFlags) => {
      const outcome =
        id === undefined
          ? await session.run(specificationJob(flags), flags)
          : await session.run(designJob(id, flags, isTwice(session, flags)), flags);
      const breaks = declaredBreaks(DESIGNS);
      const policy = { suite: false, gated: false, requireComplete: flags.requireComplete === true, breaks };
      const how = { verb: "verify", policy, stories: true, steps: flags.steps === true } as const;
      await conclude(session, outcome, { ...how, ascii: flags.ascii === true, words: flags.words === true }, flags);
    });
}

function specificationJob({ scope = "", maxStates }: VerifyFlags): Job<"specification"> {
  const limit = maxStates === undefined ? {} : { maxStates };
  return { kind: "specification", request: { ...specificationSize(scope), ...limit } };
}

function designJob(id: string, { scope = "", maxStates, symmetry, por }: VerifyFlags, twice: boolean): Job<"design"> {
  const limit = maxStates === undefined ? {} : { maxStates };
  const asked = { design: findDesign(id).id, scope: printScope(parseScope(scope)) };
  return { kind: "design", request: { ...asked, ...limit, reductions: { symmetry, por }, twice } };
}

const EXAMPLES = `Examples:
  asilab verify --scope cpus=2,pages=2      the specification, and so any design
  asilab verify async-free --scope cpus=2,pages=8,calls=3+3
  asilab verify async-free --scope calls=3+3 --no-symmetry --no-por
  asilab verify async-free --scope calls=4+4,switches=2
  asilab verify canary-no-zero --steps      every micro-step of a counterexample
`;
