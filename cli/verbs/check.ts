import type { Command } from "commander";
import {
  DESIGNS,
  type Design,
  declaredBreaks,
  findBudget,
  findDesign,
  InputError,
  readCorpusFolder,
  type StoredEntry,
} from "../../index.ts";
import { conclude } from "../conclude.ts";
import { wholeNumber } from "../numbers.ts";
import { type ReportFlags, reportFlags } from "../report-format.ts";
import type { Session } from "../session.ts";
import { isTwice, type TwiceFlag, twiceFlag } from "../twice-flag.ts";
import { corpusIn } from "./corpus-folder.ts";

interface CheckFlags extends ReportFlags, TwiceFlag {
  readonly budget: string;
  readonly seed: number;
  readonly requireComplete?: boolean;
  readonly words?: boolean;
  readonly ascii?: boolean;
  readonly workers?: number;
  readonly against?: string;
  /** False: none; true, or absent: the folder by its usual name, if it is there. */
  readonly corpus?: string | boolean;
}

/** `check [DESIGN…]`: the main job. */
export function addCheck(program: Command, session: Session): void {
  const command = reportFlags(
    program
      .command("check")
      .description("Judge designs by every engine within a budget: exhaustive search, random runs, recorded traces.")
      .argument("[designs...]", "ids; without one the whole suite, canaries and specification included"),
  );
  twiceFlag(command)
    .option("--budget <name>", "quick, standard or deep: counts of states and runs", "quick")
    .option("--seed <n>", "seed of the random runs", wholeNumber("--seed", 0, 2 ** 31 - 1), 1)
    .option(
      "--workers <n>",
      "threads that judge designs side by side; the answer does not depend on it (default: one per CPU, at most 4)",
      wholeNumber("--workers", 1, 16),
    )
    .option("--against <design>", "judge this design too, and say which verdicts change")
    .option("--corpus <dir>", "folder of known failures, tried first (default: asilab-corpus, if it is there)")
    .option("--no-corpus", "leave known failures out")
    .option("--require-complete", "exit 22 when a limit leaves something unknown")
    .option("--words", "verdicts in words, one per line, instead of the table")
    .option("--ascii", "timelines in plain ASCII")
    .addHelpText("beforeAll", EXAMPLES)
    .action(async (ids: string[], flags: CheckFlags) => {
      findBudget(flags.budget);
      const suite = ids.length === 0;
      const other = otherOf(flags.against, ids);
      const designs = suite ? DESIGNS : [...new Set(ids)].map((id) => findDesign(id));
      const judged = other === undefined ? designs : [...new Set([...designs, other])];
      const { budget, seed } = flags;
      const corpus = await corpusOf(flags.corpus);
      const twice = isTwice(session, flags);
      const request = { designs: judged.map(({ id }) => id), suite, budget, seed, twice, corpus };
      const workers = flags.workers ?? Math.min(session.io.cpus, MOST_WORKERS);
      const outcome = await session.run({ kind: "check", request, workers }, flags);
      const policy = {
        suite,
        gated: true,
        requireComplete: flags.requireComplete === true,
        breaks: declaredBreaks(designs),
      };
      const how = {
        verb: "check",
        policy,
        seed: flags.seed,
        stories: !suite,
        steps: false,
        against: other?.id,
      } as const;
      await conclude(session, outcome, { ...how, ascii: flags.ascii === true, words: flags.words === true }, flags);
    });
}

/** More would take more memory than they save time: every search of a thread has its own. */
const MOST_WORKERS = 4;

/** A folder that was named must be there. */
async function corpusOf(folder: string | boolean | undefined): Promise<readonly StoredEntry[]> {
  if (folder === false) return [];
  return typeof folder === "string" ? corpusIn(folder) : ((await readCorpusFolder("asilab-corpus")) ?? []);
}

function otherOf(id: string | undefined, ids: readonly string[]): Design | undefined {
  if (id === undefined) return undefined;
  const other = findDesign(id);
  if (ids.some((asked) => asked !== id)) return other;
  const named = ids.length === 0 ? "no design is named" : "no other is named";
  throw new InputError(
    "AGAINST-WHAT",
    `--against ${id} compares a design with ${id}, and ${named}`,
    `asilab check DESIGN --against ${id}`,
  );
}

const EXAMPLES = `Examples:
  asilab check                      every design; exit 0 if all is as declared
  asilab check async-free           one design, judged; its own exit code
  asilab check canary-no-zero       exits 12, with a shortest counterexample
  asilab check flip-probe --against async-free      which verdicts change
  asilab check --budget deep --json > report.json
`;
