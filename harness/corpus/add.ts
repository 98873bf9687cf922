import { InputError } from "../../model/failure.ts";
import type { StoredRun } from "../counterexample-file.ts";
import { failureSignature } from "../failure-signature.ts";
import { machineForRun } from "../machine-for-run.ts";
import { replay } from "../replay.ts";
import { callsOfRun } from "./calls-of-run.ts";
import type { CorpusEntry } from "./entry.ts";

/** What adding a counterexample did to a corpus. */
export interface Addition {
  /** `row`: the failure was known, and its expectations have a new row; `nothing`: they had it already. */
  readonly did: "entry" | "row" | "nothing";
  readonly entry: CorpusEntry;
  /** The run may hold what does not matter, and another one of the same failure might be taken for a different one. */
  readonly maybeNotMinimal: boolean;
}

/**
 * Puts a counterexample into a corpus: a new entry, or, where the failure is known by its signature, a new row among what is
 * expected of designs. The run is replayed first; what is stored is how it goes today.
 *
 * - **Errors**: `InputError` CORPUS-HOLDS when the run violates nothing today.
 */
export function addToCorpus(known: readonly CorpusEntry[], run: StoredRun, file: string): Addition {
  const report = replay(run);
  const { answer, run: today } = report;
  if (answer !== "reproduced" && answer !== "violated-differently") {
    throw new InputError(
      "CORPUS-HOLDS",
      `${file}: ${run.design} does not violate ${run.claim} by this run today (${answer})`,
      `asilab replay ${file}`,
    );
  }
  const signature = failureSignature(today);
  const { design, claim, scope, witness, minimality } = today;
  const maybeNotMinimal = !minimality.startsWith("proven");
  const same = known.find((entry) => entry.signature === signature);
  if (same !== undefined) {
    if (same.expectations[design] === "violated") return { did: "nothing", entry: same, maybeNotMinimal };
    const expectations = { ...same.expectations, [design]: "violated" as const };
    return { did: "row", entry: { ...same, expectations }, maybeNotMinimal };
  }
  const actions = today.steps.map((step) => step.action);
  const calls = callsOfRun(machineForRun(today), actions);
  const expectations = { [design]: "violated" as const };
  const entry = { design, claim, scope, signature, witness, calls, actions, expectations };
  return { did: "entry", entry, maybeNotMinimal };
}
