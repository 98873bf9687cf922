import { defineProgram } from "../../../../model/program.ts";
import type { Shootdown } from "../../../asi/parts.ts";
import { letOthersRun } from "../../../asi/shootdown/call-cpus.ts";

/** A canary's shootdown by IPI: sends, invalidates locally, and does not wait. */
export function hastyShootdown(correct: Shootdown): Shootdown {
  const steps = correct.flush.steps.map((step) => {
    if (step.label !== "await_acks") return step;
    const run: typeof step.run = (k, f) => {
      k.endFlush();
      letOthersRun(k);
      return f.return(0);
    };
    return { ...step, label: "forget_acks", run };
  });
  const { name, role, locals } = correct.flush;
  const flush = defineProgram({ name, role, locals, steps });
  const programs = correct.programs.map((program) => (program === correct.flush ? flush : program));
  return { ...correct, flush, programs };
}
