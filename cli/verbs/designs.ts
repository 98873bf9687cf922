import type { Command } from "commander";
import { DESIGNS, type Design } from "../../index.ts";
import { jsonDocument } from "../../report/json-document.ts";
import { wrap } from "../../report/wrap.ts";
import { type CommonFlags, commonFlags, type Session } from "../session.ts";

const WIDTH = 80;
const NAME = 26;

/** `designs`: what can be judged. */
export function addDesigns(program: Command, session: Session): void {
  commonFlags(program.command("designs").description("List the designs: what each protects, promises and breaks."))
    .addHelpText("beforeAll", "Examples:\n  asilab designs\n  asilab designs --json\n")
    .action((flags: CommonFlags) => {
      session.io.out(flags.json === true ? document(session) : DESIGNS.map(line).join(""));
    });
}

function line(design: Design): string {
  const broken = design.breaks.map((entry) => entry.claim).join(" ");
  const stance = broken === "" ? `promises ${design.promises.join(" ")}` : `breaks ${broken}`;
  const told = wrap(`${design.title}; protects: ${protectedMap(design)}; ${stance}`, WIDTH - NAME);
  return `${design.id.padEnd(NAME)}${told.join(`\n${" ".repeat(NAME + 2)}`)}\n`;
}

function protectedMap({ protectedMap }: Design): string {
  return protectedMap === "none" ? "nothing" : `${protectedMap} map`;
}

function document(session: Session): string {
  const head = {
    verb: "designs",
    verdict: "n/a",
    exitCode: session.exitCode,
    milliseconds: session.elapsedMs(),
  } as const;
  const designs = DESIGNS.map(
    ({ id, title, summary, canary, protectedMap, promises, breaks, notApplicable, leavesOut }) => ({
      id,
      title,
      summary,
      canary,
      protectedMap,
      promises,
      breaks,
      notApplicable,
      leavesOut,
    }),
  );
  return jsonDocument(head, { designs });
}
