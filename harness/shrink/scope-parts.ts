import { parseScope, type Scope } from "../scope.ts";
import { callsMade, type Draft } from "./draft.ts";
import type { ScopeChange } from "./smaller-scope.ts";
import type { Workbench } from "./workbench.ts";

/** Without calls in hard IRQ, preemption, mode switches, or one NMI. */
export function* fewerFlags({ scope, actions }: Draft): Generator<ScopeChange> {
  for (const flag of ["irq", "preempt", "modes"] as const) {
    if (scope[flag]) yield { scope: { ...scope, [flag]: false }, actions };
  }
  const { spaces } = scope;
  if (spaces === undefined) return;
  for (let nmis = 0; nmis < spaces.nmis; nmis++) yield { scope: { ...scope, spaces: { ...spaces, nmis } }, actions };
}

/** Fewer mms, slots and classes; where calls name them, they stay. */
export function* fewerSpaces({ scope, actions }: Draft): Generator<ScopeChange> {
  if (namesSpaces(scope)) return;
  for (let mms = 1; mms < scope.mms; mms++) yield { scope: { ...scope, mms }, actions };
  const { spaces } = scope;
  if (spaces === undefined) return;
  for (let slots = 1; slots < spaces.slots; slots++)
    yield { scope: { ...scope, spaces: { ...spaces, slots } }, actions };
  for (let classes = 1; classes < spaces.classes; classes++) {
    yield { scope: { ...scope, spaces: { ...spaces, classes } }, actions };
  }
}

/** A call of the scenario has an argument that only a second mm, class or page gives a meaning. */
function namesSpaces({ callMenu }: Scope): boolean {
  return callMenu.some(({ args }) => args.some((arg) => arg > 1));
}

/** One call fewer on a CPU. The run cannot follow; a search may. */
export function* fewerCalls({ scope, actions }: Draft): Generator<ScopeChange> {
  for (let cpu = scope.cpus - 1; cpu >= 0; cpu--) {
    const granted = scope.calls[cpu] ?? 0;
    if (granted > 0) yield { scope: { ...scope, calls: scope.calls.with(cpu, granted - 1) }, actions };
  }
}

/** All memory free at the beginning. */
export function* freshSetup({ scope, actions }: Draft): Generator<ScopeChange> {
  if (scope.setup !== "fresh") yield { scope: { ...scope, setup: "fresh" }, actions };
}

/** The design's own worlds, and the plain one, if they are smaller in every respect that counts. */
export function* smallerWorlds(draft: Draft, bench: Workbench): Generator<ScopeChange> {
  const { scope, actions } = draft;
  const { worlds = [], probe } = bench.design;
  if (scope.world === undefined) return;
  const words = bench.wordsIn(scope);
  for (const text of probe === true ? worlds : [...worlds, ""]) {
    const other = parseScope(text);
    if (other.world === scope.world || other.cpus > scope.cpus || other.pages > scope.pages) continue;
    const calls = callsMade(actions, other.cpus);
    const smaller = { ...other, calls };
    if (bench.wordsIn(smaller) < words) yield { scope: smaller, actions };
  }
}
