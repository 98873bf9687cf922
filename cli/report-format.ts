import { type Command, Option } from "commander";
import { didYouMean } from "../harness/did-you-mean.ts";
import { InputError } from "../model/failure.ts";
import type { FormatInput } from "../report/formats/claim-outcomes.ts";
import { githubText } from "../report/formats/github.ts";
import { junitText } from "../report/formats/junit.ts";
import { ktapText } from "../report/formats/ktap.ts";
import { sarifText } from "../report/formats/sarif.ts";
import { type RunFlags, runFlags } from "./session.ts";

/** Reports in the forms of other tools. Standard output holds the document and nothing else. */
const WRITERS = {
  ktap: ktapText,
  junit: junitText,
  sarif: sarifText,
  github: githubText,
} as const;

type ForeignFormat = keyof typeof WRITERS;
export type ReportFormat = "text" | "json" | ForeignFormat;

/** Flags of verbs that answer with verdicts. */
export interface ReportFlags extends RunFlags {
  readonly format?: ReportFormat;
}

export function reportFlags(command: Command): Command {
  const option = new Option("--format <name>", `${NAMES.join(", ")} (--json is json)`);
  return runFlags(command).addOption(option.argParser(formatNamed).conflicts("json"));
}

/** The form that was asked for. */
export function formatOf({ format, json }: ReportFlags): ReportFormat {
  return format ?? (json === true ? "json" : "text");
}

export function foreignText(format: ForeignFormat, input: FormatInput): string {
  return WRITERS[format](input);
}

const NAMES: readonly string[] = ["text", "json", ...Object.keys(WRITERS)];

function formatNamed(name: string): ReportFormat {
  if (NAMES.includes(name)) return name as ReportFormat;
  throw new InputError(
    "UNKNOWN-FORMAT",
    `there is no report format "${name}"${didYouMean(name, NAMES)}`,
    `--format ${NAMES.join(" or ")}; of one counterexample: asilab export --help`,
  );
}
