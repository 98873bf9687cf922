import { Command } from "commander";
import type { ExitCode } from "../model/verdict.ts";
import { packageVersion } from "../platform/package-files.ts";
import { reportFailure, UsageError } from "./failure.ts";
import type { Io } from "./io.ts";
import { Session } from "./session.ts";
import { addCheck } from "./verbs/check.ts";
import { addClaims } from "./verbs/claims.ts";
import { addCorpus } from "./verbs/corpus.ts";
import { addDesigns } from "./verbs/designs.ts";
import { addDoctor } from "./verbs/doctor.ts";
import { addExplain } from "./verbs/explain.ts";
import { addExport } from "./verbs/export.ts";
import { addFuzz } from "./verbs/fuzz.ts";
import { addHelp } from "./verbs/help.ts";
import { addReplay } from "./verbs/replay.ts";
import { addShrink } from "./verbs/shrink.ts";
import { addTrace } from "./verbs/trace.ts";
import { addVerify } from "./verbs/verify.ts";

/**
 * The command line: runs one invocation on the given streams and answers its exit code. Never throws, never exits.
 *
 * - **Shapes, units**: `argv` without node and script. Data goes to `out`, everything else to `err`.
 */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  const session = new Session(io, argv);
  try {
    const program = buildProgram(session);
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: "user" });
    return session.exitCode;
  } catch (error) {
    return reportFailure(error, io, argv);
  }
}

function buildProgram(session: Session): Command {
  const program = new Command("asilab")
    .description("Checks Linux page-allocator designs for Address Space Isolation before anyone writes kernel code.")
    .usage("VERB [options]")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpCommand(false)
    .showSuggestionAfterError(false)
    .addHelpText("before", EXAMPLES)
    .addHelpText("after", "\nExit codes: asilab help exit-codes\n");
  for (const add of [
    addCheck,
    addVerify,
    addFuzz,
    addReplay,
    addExplain,
    addExport,
    addShrink,
    addTrace,
    addCorpus,
    addDesigns,
    addClaims,
    addDoctor,
    addHelp,
  ]) {
    add(program, session);
  }
  settle(program, program, session);
  return program;
}

/** On every command: help with examples first, output through the session, and errors as ours. */
function settle(command: Command, program: Command, session: Session): void {
  command
    .configureOutput({ writeOut: (text) => session.io.out(text), writeErr: () => {}, getOutHelpWidth: () => 80 })
    .exitOverride((error) => {
      throw new UsageError(
        error,
        pathOf(command),
        flagsOf(command),
        verbsOf(command.commands.length > 0 ? command : program),
      );
    });
  for (const child of command.commands) settle(child, program, session);
}

function pathOf(command: Command): string {
  return command.parent === null ? "" : `${pathOf(command.parent)} ${command.name()}`.trim();
}

function flagsOf(command: Command): string[] {
  return [...command.options.map((option) => option.long).filter((flag) => typeof flag === "string"), "--help"];
}

function verbsOf(program: Command): string[] {
  return program.commands.map((command) => command.name());
}

const EXAMPLES = `Examples:
  asilab check                    every design, every engine, recorded traces
  asilab check canary-no-zero     one design, judged; exits 12, and shows why
  asilab verify async-free --scope cpus=2,pages=8,calls=3+3
  asilab replay asilab-out/FILE.itf.json
`;
