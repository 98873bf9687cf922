import type { Command } from "commander";
import { recordRecipe } from "../../harness/trace/recipe.ts";
import type { Session } from "../session.ts";
import { addTraceMinimise } from "./trace-minimise.ts";
import { addTraceReplay } from "./trace-replay.ts";
import { addTraceStat } from "./trace-stat.ts";
import { addTraceValidate } from "./trace-validate.ts";

/** `trace stat|replay|validate|minimise|record`: recorded kernel traces. */
export function addTrace(program: Command, session: Session): void {
  const trace = program
    .command("trace")
    .description("Recorded kernel traces: look, replay, judge, or how to record one.")
    .helpCommand(false);
  trace.addHelpText(
    "before",
    `Examples:
  asilab trace stat samples/fork-60k.trace.gz
  asilab trace replay samples/fork-60k.trace.gz --design async-free
  asilab trace validate samples/fork-60k.trace.gz
  asilab trace minimise samples/net-20k.trace.gz --design canary-no-zero
  asilab trace record                   prints the recipe for your machine
`,
  );
  addTraceStat(trace, session);
  addTraceReplay(trace, session);
  addTraceValidate(trace, session);
  addTraceMinimise(trace, session);
  trace
    .command("record")
    .description("Print how to record the machine at hand.")
    .action(() => session.io.out(recordRecipe()));
}
