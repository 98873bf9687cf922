import { isProgress } from "../model/action.ts";
import type { Machine } from "../model/machine.ts";
import type { Judge } from "./judge.ts";

/** Some progress action can be done: tries each and takes it back. */
export function canProgress(machine: Machine): boolean {
  const candidates: number[] = [];
  machine.enumerate((action) => {
    if (isProgress(action)) candidates.push(action);
  });
  const words = machine.state.words.slice();
  return candidates.some((action) => {
    const moved = machine.perform(action);
    machine.state.words.set(words);
    return moved;
  });
}

/** Nothing moves by itself, and the claim, one that is judged there, does not hold. */
export function restsViolated(machine: Machine, judge: Judge, bit: number): boolean {
  const kind = judge.claims[bit]?.kind;
  if ((kind !== "liveness" && kind !== "deadlock") || canProgress(machine)) return false;
  machine.clearStep();
  return ((judge.atStandstill() >>> bit) & 1) === 1;
}
