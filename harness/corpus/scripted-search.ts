import { search } from "../../checker/search.ts";
import { assert } from "../../model/failure.ts";
import type { Machine } from "../../model/machine.ts";
import { stopReason } from "../stop-reason.ts";
import { beyondWorld } from "./beyond-world.ts";
import { callLine, type ScriptedCall } from "./scripted-call.ts";
import { ScriptedSystem } from "./scripted-system.ts";

export interface ScriptedSearchOptions {
  readonly maxStates: number;
  readonly shouldStop?: () => boolean;
}

/** What all schedules of the same calls do to a claim. */
export interface ScriptedOutcome {
  /** `n/a`: the calls cannot all be made. */
  readonly verdict: "violated" | "holds" | "unknown" | "n/a";
  /** Of `unknown` and `n/a`: why. */
  readonly reason?: string;
  readonly states: number;
  /** Of `violated`: the action numbers of a shortest schedule that violates the claim. */
  readonly path?: readonly number[];
}

/**
 * Makes the same calls on the same CPUs under every schedule, and says whether any of them violates the claim: whether a design
 * still has a bug, when the steps by which another design showed it mean nothing here.
 *
 * - **Shapes, units**: the machine is at the beginning of its scenario, with the requests of the calls on its menu; it is used up.
 * - **Cost**: as a search of a world whose quota is these calls: 10^2 to 10^5 states.
 * - **Errors**: none; the claim applies to the machine.
 */
export function searchSchedules(
  machine: Machine,
  calls: readonly ScriptedCall[],
  claim: string,
  { maxStates, shouldStop }: ScriptedSearchOptions,
): ScriptedOutcome {
  const beyond = beyondWorld(
    calls.map(({ action }) => action),
    machine.world,
  );
  if (beyond !== undefined) return { verdict: "n/a", reason: beyond, states: 0 };
  const system = new ScriptedSystem(machine, calls, claim);
  const bit = system.labels.indexOf(claim);
  assert(bit >= 0, "schedules are searched only where their claim applies");
  const onLevel = (): boolean => shouldStop?.() !== true;
  const { states, complete, stoppedBy, violations } = search(system, { maxStates, stopWhen: 1 << bit, onLevel });
  const found = violations[bit];
  if (found !== undefined) return { verdict: "violated", states, path: found.path() };
  if (!complete) return { verdict: "unknown", reason: stopReason(stoppedBy), states };
  const missed = system.progress.neverBegun();
  if (missed === undefined) return { verdict: "holds", states };
  return { verdict: "n/a", reason: `no schedule comes to the call "${callLine(missed)}"`, states };
}
