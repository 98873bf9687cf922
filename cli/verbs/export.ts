import type { Command } from "commander";
import { counterexampleText } from "../../harness/counterexample-file.ts";
import { didYouMean } from "../../harness/did-you-mean.ts";
import { placeNames } from "../../harness/machine-for-run.ts";
import { runCounters } from "../../harness/run-counters.ts";
import { type Counterexample, replayFile } from "../../index.ts";
import { promelaText } from "../../machines/promela.ts";
import { specification } from "../../machines/specification.ts";
import { InputError } from "../../model/failure.ts";
import { mermaidText } from "../../report/formats/mermaid.ts";
import { perfettoText } from "../../report/formats/perfetto.ts";
import { safeJson } from "../../report/formats/safe-json.ts";
import { runToday } from "../emit.ts";
import type { Session } from "../session.ts";
import { specificationSize } from "../specification-size.ts";

interface ExportFlags {
  readonly scope?: string;
}

const RUN_WRITERS: Readonly<Record<string, (run: Counterexample) => string>> = {
  itf: (run) => safeJson(counterexampleText(run)),
  mermaid: (run) => mermaidText(run, { places: placeNames(run) }),
  perfetto: (run) => perfettoText(run, runCounters(run)),
};

const FORMATS = [...Object.keys(RUN_WRITERS), "promela"].sort();

/** `export FORMAT [FILE]`: a counterexample, or the specification, for other tools. */
export function addExport(program: Command, session: Session): void {
  program
    .command("export")
    .description("Write a counterexample, or the specification (promela), in the format of another tool.")
    .argument("<format>", FORMATS.join(", "))
    .argument("[file]", "a counterexample, or - for standard input; promela takes none")
    .option("--scope <keys>", "size of the specification, for example cpus=2,pages=2")
    .addHelpText("beforeAll", EXAMPLES)
    .action(async (format: string, file: string | undefined, flags: ExportFlags) => {
      const write = RUN_WRITERS[checked(format)];
      if (write === undefined) session.io.out(ofSpecification(file, flags));
      else session.io.out(write(await ofCounterexample(format, file, flags)));
    });
}

function checked(format: string): string {
  if (FORMATS.includes(format)) return format;
  throw new InputError(
    "UNKNOWN-FORMAT",
    `there is no format "${format}" to export${didYouMean(format, FORMATS)}`,
    `${FORMATS.map((name) => `asilab export ${name}`).join(", ")}; of verdicts: asilab check --format`,
  );
}

function ofSpecification(file: string | undefined, { scope = "" }: ExportFlags): string {
  if (file === undefined) return promelaText(specification(specificationSize(scope)));
  throw new InputError(
    "EXPORT-WHAT",
    `promela is written of the specification, not of ${file}`,
    "asilab export promela --scope cpus=2,pages=2",
  );
}

async function ofCounterexample(format: string, file: string | undefined, flags: ExportFlags): Promise<Counterexample> {
  if (file === undefined) {
    throw new InputError("EXPORT-WHAT", `${format} is written of a counterexample`, `asilab export ${format} FILE`);
  }
  if (flags.scope !== undefined) {
    throw new InputError(
      "EXPORT-WHAT",
      "--scope is for promela; a file has its scope",
      `asilab export ${format} ${file}`,
    );
  }
  return runToday(await replayFile(file), file);
}

const EXAMPLES = `Examples:
  asilab export perfetto FILE > run.json     open it at ui.perfetto.dev
  asilab export mermaid FILE                 a sequence diagram for Markdown
  asilab export itf - < FILE                 renewed: digests of today's code
  asilab export promela --scope cpus=2,pages=2 > product.pml
`;
