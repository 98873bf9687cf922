import type { Command } from "commander";
import { didYouMean } from "../../harness/did-you-mean.ts";
import { DESIGNS, declaredBreaks, findDesign, parseScope, printScope, STRATEGIES, type Strategy } from "../../index.ts";
import { InputError } from "../../model/failure.ts";
import { conclude } from "../conclude.ts";
import { wholeNumber } from "../numbers.ts";
import { type ReportFlags, reportFlags } from "../report-format.ts";
import type { Session } from "../session.ts";
import { isTwice, type TwiceFlag, twiceFlag } from "../twice-flag.ts";

interface FuzzFlags extends ReportFlags, TwiceFlag {
  readonly runs: number;
  /** Length of a run: pairs of actor and preference. */
  readonly steps: number;
  readonly seed: number;
  readonly path?: string;
  readonly scope?: string;
  readonly strategy: string;
  readonly depth: number;
  readonly workers: number;
  readonly words?: boolean;
  readonly ascii?: boolean;
}

/** `fuzz DESIGN`: random schedules in random worlds, shrunk by fast-check. */
export function addFuzz(program: Command, session: Session): void {
  const command = reportFlags(
    program
      .command("fuzz")
      .description("Run random schedules in random worlds, larger than search can reach, and shrink what fails.")
      .argument("<design>", "id of the design"),
  );
  twiceFlag(command)
    .option("--runs <n>", "runs", wholeNumber("--runs", 1, 10 ** 9), 200)
    .option("--steps <n>", "length of a run, in scheduling choices", wholeNumber("--steps", 1, 10 ** 7), 2000)
    .option("--seed <n>", "seed; run i depends on it and on i only", wholeNumber("--seed", 0, 2 ** 31 - 1), 1)
    .option("--path <p>", "one run only, by the path an earlier campaign printed")
    .option("--scope <keys>", "one world instead of random ones; its calls are no limit here")
    .option("--strategy <name>", `${STRATEGIES.join(", ")}; see below`, "uniform")
    .option("--depth <d>", "of pct: ordering constraints that a bug may need", wholeNumber("--depth", 1, 10), 3)
    .option("--workers <n>", "threads; the answer does not depend on how many", wholeNumber("--workers", 1, 16), 1)
    .option("--words", "verdicts in words, one per line, instead of the table")
    .option("--ascii", "timelines in plain ASCII")
    .addHelpText("beforeAll", EXAMPLES)
    .addHelpText("after", HOW)
    .action(async (id: string, flags: FuzzFlags) => {
      const strategy = strategyOf(flags.strategy);
      checkScope(flags.scope);
      checkPath(flags.path);
      const { runs, steps, seed, depth, workers } = flags;
      const request = {
        design: findDesign(id).id,
        runs,
        steps,
        seed,
        strategy,
        depth,
        pieces: PIECES * workers,
        twice: isTwice(session, flags),
        ...(flags.path === undefined ? {} : { path: flags.path }),
        ...(flags.scope === undefined ? {} : { scope: printScope(parseScope(flags.scope)) }),
      };
      const outcome = await session.run({ kind: "fuzz", request, workers }, flags);
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

/** Rows for each thread, so that none is left waiting long. */
const PIECES = 4;

function strategyOf(name: string): Strategy {
  const found = STRATEGIES.find((known) => known === name);
  if (found !== undefined) return found;
  throw new InputError(
    "UNKNOWN-STRATEGY",
    `there is no strategy "${name}"${didYouMean(name, STRATEGIES)}`,
    `--strategy ${STRATEGIES.join(", ")}`,
  );
}

/** A bound on context switches is the search's: a random run would go beyond it unseen. */
function checkScope(text: string | undefined): void {
  if (text === undefined || parseScope(text).switches === undefined) return;
  throw new InputError("BAD-SCOPE", "switches bounds a search; random runs do not keep to it", "--strategy pct");
}

/** fast-check's own complaint about a path is no sentence for a user. */
function checkPath(path: string | undefined): void {
  if (path === undefined || /^\d{1,9}(:\d{1,9})*$/.test(path)) return;
  throw new InputError("BAD-PATH", `--path ${path.slice(0, 60)}: numbers joined by colons are needed`, "--path 17:0:3");
}

const EXAMPLES = `Examples:
  asilab fuzz async-free --runs 1000 --seed 7
  asilab fuzz canary-no-zero --scope cpus=4,pages=64
  asilab fuzz canary-no-zero --strategy pct --path 0     one run, again
  asilab fuzz flip-probe --strategy mixed --workers 2
  asilab fuzz async-free --strategy pct --depth 4 --runs 1000
`;

const HOW = `
Strategies:
  uniform  any CPU, any of its actions, in random worlds (the default)
  pct      random priorities of actors (a CPU's tasks, its worker, its
           interrupts); always the first that can move moves, and d-1 times in
           a window of k turns it falls to the last place. A window finds a bug
           of depth d, if the state it begins in allows it, with probability
           at least 1/(n k^(d-1)) among n actors; depth is --depth
  swarm    each run without some of the actions, sizes, callers
  corner   the workloads W1 to W15 of the domain, in random interleavings,
           then random steps; the report says which were not run, and why
  trace    pieces of a recorded kernel's calls, mutated, in small worlds
  target   runs that reached a danger, a step, or two steps at once for the
           first time are kept, and changed to make new ones
  mixed    all but target, by turns
All but uniform also visit the design's own worlds (asilab designs ID); probes,
and canaries with worlds of their own, run in those only.
`;
