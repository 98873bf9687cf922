import type { NamedAction } from "../model/action.ts";
import type { Machine, MenuEntry } from "../model/machine.ts";
import { findDesign } from "./find-design.ts";
import { scenarioRequests } from "./requests.ts";
import { machineFor, menuOf } from "./scenario.ts";
import { parseScope } from "./scope.ts";

/** The parts of a counterexample that say in which world it runs. */
export interface RunOrigin {
  readonly design: string;
  readonly scope: string;
  readonly steps: readonly { readonly action: NamedAction }[];
}

/**
 * The machine on which a recorded run starts: its design and scenario, with a menu of what it offers and what the run asks for.
 *
 * A name that no request has stays out of the menu; its step is then one that cannot be done.
 *
 * - **Errors**: `InputError` UNKNOWN-DESIGN, BAD-SCOPE.
 */
export function machineForRun(run: RunOrigin): Machine {
  const design = findDesign(run.design);
  const requests = scenarioRequests(design).map((request) => request.name);
  const scope = parseScope(run.scope);
  const menu = new Map<string, MenuEntry>(menuOf(scope).map((entry) => [`${entry.request} ${entry.order}`, entry]));
  for (const { action } of run.steps) {
    const request = requests.indexOf(action.request ?? "");
    const order = action.order ?? 0;
    if (request >= 0) menu.set(`${request} ${order}`, { request, order });
  }
  return machineFor(design, scope, [...menu.values()]);
}

/** Names of the list kinds of the run's machine, for timelines. */
export function placeNames(run: RunOrigin): readonly string[] {
  return machineForRun({ ...run, steps: [] }).world.lists.kinds.map((kind) => kind.name);
}
