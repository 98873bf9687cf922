import { ACTION, actionKind } from "../model/action.ts";
import { assert } from "../model/failure.ts";
import type { Machine } from "../model/machine.ts";

/** Steps after which a call that has not returned is called stuck. */
const STEP_LIMIT = 10_000_000;

/** Told of every action performed. */
export type Performed = (action: number) => void;

/**
 * Runs whatever is running, interrupts and woken workers included, until the machine is at rest: the scheduler of scripts,
 * set-ups and traces. Deterministic: always the first enabled progress action, interrupts before steps.
 *
 * - **Errors**: an assertion when a call does not come to an end within ten million steps.
 */
export function runToCompletion(machine: Machine, performed: Performed, workers = true): void {
  for (let steps = 0; steps < STEP_LIMIT; steps++) {
    if (!stepOnce(machine, performed, workers)) return;
  }
  assert(false, "a call that runs alone comes to an end");
}

function stepOnce(machine: Machine, performed: Performed, workers: boolean): boolean {
  const candidates: number[] = [];
  machine.enumerate((action) => {
    const kind = actionKind(action);
    if (kind === ACTION.step || kind === ACTION.ipi || (workers && kind === ACTION.worker)) candidates.push(action);
  });
  candidates.sort((a, b) => Number(actionKind(b) === ACTION.ipi) - Number(actionKind(a) === ACTION.ipi));
  for (const action of candidates) {
    machine.clearStep();
    if (!machine.perform(action)) continue;
    performed(action);
    return true;
  }
  return false;
}
