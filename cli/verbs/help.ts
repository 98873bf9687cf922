import type { Command } from "commander";
import { didYouMean } from "../../harness/did-you-mean.ts";
import { EXIT_MEANINGS, exitPrecedence } from "../../harness/exit.ts";
import { InputError } from "../../model/failure.ts";
import type { Session } from "../session.ts";

const EXIT_CODES = "exit-codes";

/** `help [TOPIC]`: a verb's help, or the table of exit codes. */
export function addHelp(program: Command, session: Session): void {
  program
    .command("help")
    .description("Help on a verb, or `help exit-codes`.")
    .argument("[topic]", `a verb, or ${EXIT_CODES}`)
    .action((topic: string | undefined) => {
      if (topic === undefined) session.io.out(program.helpInformation());
      else if (topic === EXIT_CODES) session.io.out(exitCodes());
      else verbHelp(program, topic);
    });
}

function verbHelp(program: Command, topic: string): void {
  const verb = program.commands.find((command) => command.name() === topic);
  if (verb !== undefined) {
    verb.outputHelp();
    return;
  }
  const topics = [...program.commands.map((command) => command.name()), EXIT_CODES];
  throw new InputError("UNKNOWN-TOPIC", `there is no help on "${topic}"${didYouMean(topic, topics)}`, "asilab help");
}

function exitCodes(): string {
  const rows = EXIT_MEANINGS.map(
    ({ code, name, meaning }) => `${String(code).padStart(5)}  ${name.padEnd(16)}${meaning}`,
  );
  return `${rows.join("\n")}\n\nWhen several apply, the first of: ${exitPrecedence().join(", ")}.\n`;
}
