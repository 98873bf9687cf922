import type { NamedAction } from "../model/action.ts";
import type { Recorder } from "../model/column.ts";
import type { Design } from "../model/design.ts";
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

/** What a run is replayed with, where it is not the designs of the registry and a machine that nobody listens to. */
export interface RunSetting {
  readonly designs?: readonly Design[];
  /** Is told every access to the state, those of the set-up included. */
  readonly recorder?: Recorder;
}

/**
 * The machine on which a recorded run starts: its design and scenario, with a menu of what it offers and what the run asks for.
 *
 * A name that no request has, and an order beyond the largest block, stay out of the menu; the step is then one that cannot be
 * done.
 *
 * - **Errors**: `InputError` UNKNOWN-DESIGN, BAD-SCOPE.
 */
export function machineForRun(run: RunOrigin, setting: RunSetting = {}): Machine {
  const design = findDesign(run.design, setting.designs);
  const requests = scenarioRequests(design).map((request) => request.name);
  const scope = parseScope(run.scope);
  const menu = new Map<string, MenuEntry>(menuOf(scope).map((entry) => [`${entry.request} ${entry.order}`, entry]));
  for (const { action } of run.steps) {
    const request = requests.indexOf(action.request ?? "");
    const order = action.order ?? 0;
    if (request >= 0 && order <= scope.geometry.maxOrder) menu.set(`${request} ${order}`, { request, order });
  }
  return machineFor(design, scope, [...menu.values()], setting.recorder);
}

/** Names of the list kinds of the run's machine, for timelines. */
export function placeNames(run: RunOrigin): readonly string[] {
  return machineForRun({ ...run, steps: [] }).world.lists.kinds.map((kind) => kind.name);
}
