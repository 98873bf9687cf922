import type { CommanderError } from "commander";
import { didYouMean } from "../harness/did-you-mean.ts";
import { InputError } from "../model/failure.ts";
import { EXIT, type ExitCode } from "../model/verdict.ts";
import { plainText } from "../report/escape.ts";
import type { Io } from "./io.ts";

/** What commander found wrong, with the flags and verbs that exist where it looked. */
export class UsageError extends Error {
  constructor(
    readonly original: CommanderError,
    readonly command: string,
    readonly flags: readonly string[],
    readonly verbs: readonly string[],
  ) {
    super(original.message);
  }
}

/** Longest message that is printed; a stranger's file may put anything into one. */
const MESSAGE_MAX = 600;

const WIDTH = 80;

/** Prints one message for whatever was thrown and answers the exit code. */
export function reportFailure(error: unknown, io: Io, argv: readonly string[]): ExitCode {
  if (error instanceof UsageError) {
    if (error.original.exitCode === 0) return EXIT.ok;
    return reportFailure(asInputError(error), io, argv);
  }
  if (error instanceof InputError) {
    const hint = error.hint === undefined ? [] : [`  try: ${plainText(error.hint, MESSAGE_MAX)}`];
    const lines = [`asilab: error ${error.code}: ${plainText(error.message, MESSAGE_MAX)}`, ...hint];
    // A terminal's reader gets lines that fit, whatever reads a pipe one line each, to search in.
    io.err(`${(io.errIsTty ? lines.flatMap(fitted) : lines).join("\n")}\n`);
    return EXIT.usage;
  }
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.err(`asilab: internal error: this is a bug in asilab\n  ${told}\n  repeat: asilab ${argv.join(" ")}\n`);
  return EXIT.internal;
}

/** Broken at blanks only: a path or a flag is pasted whole. */
function fitted(line: string): string[] {
  const lines: string[] = [];
  for (const word of line.split(/(?<=\S) /)) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(word);
    else if (last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`    ${word}`);
  }
  return lines;
}

function asInputError({ original, command, flags, verbs }: UsageError): InputError {
  const quoted = /'([^']*)'/.exec(original.message)?.[1] ?? "";
  const help = `asilab ${command === "" ? "" : `${command} `}--help`;
  switch (original.code) {
    case "commander.unknownCommand":
      return new InputError("UNKNOWN-VERB", `there is no verb "${quoted}"${didYouMean(quoted, verbs)}`, help);
    case "commander.unknownOption": {
      const flag = quoted.split("=")[0] ?? "";
      return new InputError(
        "UNKNOWN-FLAG",
        `${command || "asilab"} has no flag ${flag}${didYouMean(flag, flags)}`,
        help,
      );
    }
    case "commander.help":
      return new InputError("VERB-MISSING", `${command} needs one of: ${verbs.join(", ")}`, help);
    default:
      return new InputError("USAGE", original.message.replace(/^error: /, ""), help);
  }
}
