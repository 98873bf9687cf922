import { counterexampleText, readCounterexample, type StoredRun } from "../../harness/counterexample-file.ts";
import { findDesign } from "../../harness/find-design.ts";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { makeAsyncFree } from "../../impl/designs/async-free/design.ts";
import { defineColumns } from "../../model/column.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import type { Design, Worker } from "../../model/design.ts";
import { defineProgram, type MicroStep, NEXT } from "../../model/program.ts";

/** A column that no recording knows. */
const laterColumns = defineColumns("later", {
  age: { sort: "count", owner: "design", per: ["page"], max: () => 7, observable: true },
});

/** A shortest counterexample of a design, as search finds it. */
export function counterexampleOf(id: string, claim: string, scope = "cpus=2,pages=8,calls=2+2"): Counterexample {
  const found = verifyDesign(findDesign(id), { scope: parseScope(scope), stopAt: [claim] }).counterexamples.get(claim);
  if (found === undefined) throw new Error(`${id} violates ${claim} in ${scope}`);
  return found;
}

/** The same, through a file. */
export function stored(run: Counterexample): StoredRun {
  return readCounterexample(counterexampleText(run), "file");
}

/** The same behaviour after a tidying: one step has another name and keeps the old one as an alias, and there is one column more. */
export function tidied(design: Design): Design {
  const renamed = onWorkers(design, (steps) =>
    steps.map((step) => (step.label === "clear_leaf" ? { ...step, label: "zap_pte", aliases: ["clear_leaf"] } : step)),
  );
  return { ...renamed, groups: [...design.groups, laterColumns] };
}

/** The worker does something in between that it did not do when the run was recorded. */
export function withAnotherStep(design: Design): Design {
  const account: MicroStep = {
    label: "account",
    imitates: "mod_node_page_state",
    needs: "any",
    cost: "none",
    touches: ["later.age"],
    run: (k) => {
      const { age } = k.of(laterColumns);
      age.set(0, Math.min(7, age.get(0) + 1));
      return NEXT;
    },
  };
  const longer = onWorkers(design, (steps) =>
    steps.flatMap((step) => (step.label === "splice" ? [step, account] : [step])),
  );
  return { ...longer, groups: [...design.groups, laterColumns] };
}

/** The design as it is once its author has put it right. */
export function repaired(design: Design): Design {
  return { ...makeAsyncFree({ ...design, switches: {}, breaks: [] }), canary: true };
}

function onWorkers(design: Design, change: (steps: readonly MicroStep[]) => readonly MicroStep[]): Design {
  const workers = design.workers.map(
    (worker): Worker => ({
      ...worker,
      program: defineProgram({ ...worker.program, steps: change(worker.program.steps) }),
    }),
  );
  return { ...design, workers };
}
