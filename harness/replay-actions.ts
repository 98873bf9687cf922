import type { NamedAction } from "../model/action.ts";
import { InputError } from "../model/failure.ts";
import { Attempts } from "./attempts.ts";
import { machineForRun } from "./machine-for-run.ts";
import { recordRun } from "./record.ts";

/** A run written out by hand or by `replay --emit vitest`: where it happens, what it is to violate, and what is done. */
export interface ActionScript {
  readonly design: string;
  /** In the form `--scope` accepts. */
  readonly scope: string;
  readonly claim: string;
  readonly actions: readonly NamedAction[];
}

/** What came of a script. */
export interface ScriptReport {
  readonly violated: boolean;
  /** What is wrong at the end, in words; empty when nothing is. */
  readonly witness: string;
  /** Actions that were not possible where they stood and were left out: none, as long as the code is that of the recording. */
  readonly skipped: readonly NamedAction[];
}

/**
 * Performs named actions on a design and says whether they violate a claim. An action that is not possible where it stands is
 * left out, so that the script of a fixed bug remains a test of the fix.
 *
 * - **Errors**: `InputError` UNKNOWN-DESIGN, BAD-SCOPE; UNKNOWN-CLAIM where the claim means nothing in this world.
 */
export function replayActions(script: ActionScript): ScriptReport {
  const origin = { design: script.design, scope: script.scope, steps: script.actions.map((action) => ({ action })) };
  const attempts = new Attempts(machineForRun(origin), script.claim);
  if (!attempts.applies) {
    throw new InputError("UNKNOWN-CLAIM", `claim ${script.claim} says nothing about this world`, "asilab claims");
  }
  const { violated, taken, kept } = attempts.named(script.actions);
  const end = violated ? (kept.at(-1) ?? 0) : script.actions.length;
  const done = new Set(kept);
  return {
    violated,
    witness: violated ? witnessOf(origin, taken, script) : "",
    skipped: script.actions.filter((_, at) => at < end && !done.has(at)),
  };
}

function witnessOf(
  origin: Parameters<typeof machineForRun>[0],
  taken: readonly number[],
  script: ActionScript,
): string {
  const header = { scope: script.scope, engine: "script", minimality: "" };
  return recordRun(machineForRun(origin), taken, script.claim, header).witness;
}
