import { machineFor } from "../../harness/scenario.ts";
import { parseScope } from "../../harness/scope.ts";
import type { Recorder } from "../../model/column.ts";
import type { Design } from "../../model/design.ts";
import type { Machine, MenuEntry } from "../../model/machine.ts";
import type { TranslationModel } from "../../model/world.ts";
import { Picker } from "../../properties/arbitraries/picker.ts";
import { actorOf, pairsFrom, preferenceOf } from "../../properties/arbitraries/schedule.ts";

export interface WalkOptions {
  readonly scope: string;
  readonly translations?: TranslationModel;
  readonly menu?: readonly MenuEntry[];
  readonly recorder?: Recorder;
}

/** Both kinds of request, single pages and blocks of four. */
export const MIXED_MENU: readonly MenuEntry[] = [
  { request: 0, order: 0 },
  { request: 1, order: 0 },
  { request: 0, order: 2 },
  { request: 1, order: 2 },
];

export function walkMachine(design: Design, options: WalkOptions): Machine {
  const scope = { ...parseScope(options.scope), translations: options.translations ?? "may-hold" };
  return machineFor(design, scope, options.menu ?? MIXED_MENU, options.recorder);
}

/**
 * Takes up to `pairs` random steps of an open workload. `attempt` performs the action it is given and answers false to end the
 * walk. Returns the number of actions tried.
 */
export function walk(machine: Machine, seed: number, pairs: number, attempt: (action: number) => boolean): number {
  const picker = new Picker(machine, 2);
  let tried = 0;
  for (const pair of pairsFrom(seed, pairs)) {
    const cpu = actorOf(pair, machine.world.cpus);
    machine.grant(cpu, 200);
    const action = picker.pick(cpu, preferenceOf(pair));
    if (action < 0) continue;
    tried++;
    if (!attempt(action)) return tried;
  }
  return tried;
}
