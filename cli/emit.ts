import { type Command, Option } from "commander";
import { didYouMean } from "../harness/did-you-mean.ts";
import type { ReplayReport } from "../index.ts";
import type { Counterexample } from "../model/counterexample.ts";
import { InputError } from "../model/failure.ts";
import { kunitText } from "../report/formats/kunit.ts";
import { vitestText } from "../report/formats/vitest-test.ts";

const WRITERS: Readonly<Record<string, (run: Counterexample) => string>> = { vitest: vitestText, kunit: kunitText };
const NAMES = Object.keys(WRITERS);

/** `--emit`: a counterexample as a test in another language. */
export function emitOption(command: Command): Command {
  const option = new Option(
    "--emit <language>",
    "write it as a test instead: vitest (TypeScript), kunit (C, a skeleton)",
  );
  return command.addOption(option.argParser(languageNamed).conflicts("json"));
}

/**
 * The test's text.
 *
 * - **Errors**: `InputError` CEX-STALE for a run that violates nothing on today's code.
 */
export function emittedText(report: ReplayReport, file: string, language: string): string {
  return (WRITERS[language] as (run: Counterexample) => string)(runToday(report, file));
}

/**
 * The run of a file as it goes today, for those who write it in another form.
 *
 * - **Errors**: `InputError` CEX-STALE for one that violates nothing any more.
 */
export function runToday({ answer, run, stepsDone, stepsStored }: ReplayReport, file: string): Counterexample {
  if (answer === "reproduced" || answer === "violated-differently") return run;
  const how = stepsDone < stepsStored ? `cannot be followed beyond step ${stepsDone}` : `does not violate ${run.claim}`;
  throw new InputError("CEX-STALE", `${file}: on today's code the run ${how}`, `asilab replay ${file}`);
}

function languageNamed(name: string): string {
  if (NAMES.includes(name)) return name;
  throw new InputError(
    "UNKNOWN-FORMAT",
    `a test cannot be written in "${name}"${didYouMean(name, NAMES)}`,
    `--emit ${NAMES.join(" or ")}`,
  );
}
