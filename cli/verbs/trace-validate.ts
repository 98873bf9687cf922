import type { Command } from "commander";
import type { TraceValidation } from "../../harness/trace-validate/result.ts";
import { EXIT, type ExitCode, validateTraceFile, worstExit } from "../../index.ts";
import { jsonDocument } from "../../report/json-document.ts";
import { traceValidateText } from "../../report/trace-validate-text.ts";
import { type CommonFlags, commonFlags, type Session } from "../session.ts";

/** `trace validate FILE…`: was what the recorded kernel did legal? */
export function addTraceValidate(trace: Command, session: Session): void {
  commonFlags(
    trace
      .command("validate")
      .description("Judge what recorded kernels did to their buddy lists by the rules of their own version.")
      .argument("<file...>", "traces with their meta file and free map beside them"),
  )
    .addHelpText(
      "beforeAll",
      "Examples:\n  asilab trace validate samples/fork-60k.trace.gz\n  asilab trace validate a.trace.gz b.trace.gz --json\n",
    )
    .action(async (files: string[], flags: CommonFlags) => {
      const results: TraceValidation[] = [];
      for (const file of files) {
        if (session.io.interrupted()) break;
        results.push(await validateTraceFile(file));
      }
      session.exitCode = exitOf(results, session.io.interrupted());
      session.io.out(
        flags.json === true
          ? document(session, results)
          : traceValidateText(results, session.ink(flags), session.exitCode),
      );
    });
}

function exitOf(results: readonly TraceValidation[], interrupted: boolean): ExitCode {
  const illegal = results.some((result) => result.illegal > 0) ? [EXIT.refinement] : [];
  const idle = results.some((result) => result.events === 0) ? [EXIT.expectation] : [];
  return worstExit([...illegal, ...idle, ...(interrupted ? [EXIT.interrupted] : [])]);
}

function document(session: Session, files: readonly TraceValidation[]): string {
  const sum = (count: (result: TraceValidation) => number): number => files.reduce((all, one) => all + count(one), 0);
  const illegal = sum((result) => result.illegal);
  const events = sum((result) => result.events);
  const head = {
    verb: "trace validate",
    verdict: illegal > 0 ? "violated" : events > 0 ? "holds" : "unknown",
    exitCode: session.exitCode,
    milliseconds: session.elapsedMs(),
  } as const;
  const legal = sum((result) => result.legal);
  const unnamed = sum((result) => result.unnamed);
  return jsonDocument(head, { validation: { events, legal, illegal, unnamed, files } });
}
