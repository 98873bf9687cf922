import type { Command } from "commander";
import { EXIT } from "../../index.ts";
import { canRun, type Finding, findings } from "../../platform/doctor-findings.ts";
import { hostFacts } from "../../platform/doctor-host.ts";
import { doctorText } from "../../report/doctor-text.ts";
import { jsonDocument } from "../../report/json-document.ts";
import { type CommonFlags, commonFlags, type Session } from "../session.ts";

interface DoctorFlags extends CommonFlags {
  readonly out: string;
}

/** `doctor`: what this machine lacks, and what to install. */
export function addDoctor(program: Command, session: Session): void {
  commonFlags(
    program.command("doctor").description("Look at this machine: what asilab needs, what it lacks, what to install."),
  )
    .option("--out <dir>", "the folder that will be written to", "asilab-out")
    .addHelpText("beforeAll", EXAMPLES)
    .action(async (flags: DoctorFlags) => {
      const found = findings(await hostFacts(flags.out, session.io.outIsTty));
      const able = canRun(found);
      session.exitCode = able ? EXIT.ok : EXIT.usage;
      session.io.out(
        flags.json === true ? document(session, found, able) : doctorText(found, last(found, able), session.ink(flags)),
      );
    });
}

function last(found: readonly Finding[], able: boolean): string {
  const useful = found.filter(({ needed, status }) => !needed && status === "missing").length;
  const lacks = found.filter(({ needed, status }) => needed && status === "missing").map(({ what }) => what);
  if (!able) return `asilab cannot do its main job here: ${lacks.join(", ")}; exit ${EXIT.usage}`;
  const more = useful === 0 ? "nothing is missing" : `${useful} useful things are missing`;
  return `asilab can do its main job here; ${more}; exit ${EXIT.ok} (ok)`;
}

function document(session: Session, found: readonly Finding[], able: boolean): string {
  const head = {
    verb: "doctor",
    verdict: "n/a",
    exitCode: session.exitCode,
    milliseconds: session.elapsedMs(),
  } as const;
  return jsonDocument(head, { canRun: able, findings: found });
}

const EXAMPLES = `Examples:
  asilab doctor
  asilab doctor --json --out results

Nothing is written and no program is started. Exit codes: 0 if asilab's main
job can run here, whatever useful things are missing; else 2.
`;
