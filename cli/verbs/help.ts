import type { Command } from "commander";
import { didYouMean } from "../../harness/did-you-mean.ts";
import { EXIT_MEANINGS, exitPrecedence } from "../../harness/exit.ts";
import { InputError } from "../../model/failure.ts";
import { wrap } from "../../report/wrap.ts";
import type { Session } from "../session.ts";

const EXIT_CODES = "exit-codes";

const WIDTH = 80;

/** The column in which meanings stand. */
const MEANING_AT = 23;

/** `help [TOPIC]`: a verb's help, or the table of exit codes. */
export function addHelp(program: Command, session: Session): void {
  program
    .command("help")
    .description("Help on a verb, or `help exit-codes`.")
    .argument("[topic...]", `a verb, such as trace replay, or ${EXIT_CODES}`)
    .action((words: string[]) => {
      if (words.length === 1 && words[0] === EXIT_CODES) session.io.out(exitCodes());
      else if (words.length === 0) program.outputHelp();
      else verbHelp(program, words);
    });
}

/** Follows the words down: `trace replay` is a verb of a verb. */
function verbHelp(program: Command, words: readonly string[]): void {
  let verb = program;
  for (const word of words) {
    const names = verb.commands.map((command) => command.name());
    const next = verb.commands.find((command) => command.name() === word);
    if (next === undefined) throw unknownTopic(words, word, verb === program ? [...names, EXIT_CODES] : names);
    verb = next;
  }
  verb.outputHelp();
}

function unknownTopic(words: readonly string[], word: string, topics: readonly string[]): InputError {
  return new InputError(
    "UNKNOWN-TOPIC",
    `there is no help on "${words.join(" ")}"${didYouMean(word, topics)}`,
    "asilab help",
  );
}

function exitCodes(): string {
  const rows = EXIT_MEANINGS.map(({ code, name, meaning }) => {
    const told = wrap(meaning, WIDTH - MEANING_AT).join(`\n${" ".repeat(MEANING_AT + 2)}`);
    return `${String(code).padStart(5)}  ${name.padEnd(MEANING_AT - 7)}${told}`;
  });
  return `${rows.join("\n")}\n\nWhen several apply, the first of: ${exitPrecedence().join(", ")}.\n`;
}
