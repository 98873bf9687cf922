import type { Command } from "commander";
import { InputError } from "../model/failure.ts";
import { EXIT, type ExitCode } from "../model/verdict.ts";
import { type Ink, inkFor, wantsColor } from "../report/ink.ts";
import type { Io } from "./io.ts";
import type { Job, JobAnswers } from "./job.ts";
import { wholeNumber } from "./numbers.ts";
import { Progress } from "./progress.ts";

/** Flags that every verb has. */
export interface CommonFlags {
  readonly json?: boolean;
  readonly color?: boolean;
}

export interface RunFlags extends CommonFlags {
  readonly maxSeconds?: number;
  readonly out: string;
}

/** One invocation: its streams, its clock, and the code it will exit with. */
export class Session {
  exitCode: ExitCode = EXIT.ok;
  private readonly startedMs: number;

  constructor(
    readonly io: Io,
    /** The command as typed, for messages. */
    readonly argv: readonly string[],
  ) {
    this.startedMs = io.nowMs();
  }

  elapsedMs(): number {
    return Math.round(this.io.nowMs() - this.startedMs);
  }

  ink(flags: CommonFlags): Ink {
    return inkFor(wantsColor(flags.color, this.io.env, this.io.outIsTty));
  }

  /** Runs a job under the wall-clock guard and the interrupt, with progress on standard error. */
  async run<K extends keyof JobAnswers>(job: Job<K>, flags: Partial<RunFlags>): Promise<JobAnswers[K]> {
    const progress = new Progress(this.io, false);
    const limitMs = flags.maxSeconds === undefined ? Number.POSITIVE_INFINITY : flags.maxSeconds * 1000;
    try {
      return await this.io.runJob(job, {
        onProgress: (text) => progress.say(text),
        shouldStop: () => this.io.interrupted() || this.elapsedMs() > limitMs,
      });
    } finally {
      progress.end();
    }
  }
}

export function commonFlags(command: Command): Command {
  return command
    .option("--json", "one JSON document on standard output (docs/schema/)")
    .option("--color", "colour, whatever reads the output")
    .option("--no-color", "no colour, also with NO_COLOR set");
}

export function runFlags(command: Command): Command {
  return commonFlags(command)
    .option(
      "--max-seconds <n>",
      "stop after n seconds; what is not decided is unknown",
      wholeNumber("--max-seconds", 1, 10 ** 7),
    )
    .option("--out <dir>", "folder for counterexample files", folder, "asilab-out");
}

/** An empty name, as an unset shell variable leaves it, would mean the root of the file system. */
function folder(text: string): string {
  if (text !== "") return text;
  throw new InputError("BAD-FOLDER", "--out: the name of the folder is empty", "--out asilab-out");
}
