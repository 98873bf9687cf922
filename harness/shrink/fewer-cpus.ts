import type { NamedAction } from "../../model/action.ts";
import type { Draft } from "./draft.ts";
import type { ScopeChange } from "./smaller-scope.ts";

/**
 * One CPU fewer: the last first, without what it did, or with another CPU doing it. CPUs are renumbered, and with them who sent
 * an IPI and whose lists were drained.
 */
export function* fewerCpus({ scope, actions }: Draft): Generator<ScopeChange> {
  if (scope.cpus === 1) return;
  for (let gone = scope.cpus - 1; gone >= 0; gone--) {
    const left = without(scope.calls, gone);
    const smaller = { ...scope, cpus: scope.cpus - 1 };
    const rest = actions.filter(({ cpu }) => cpu !== gone);
    yield { scope: { ...smaller, calls: left }, actions: rest.map((action) => renumbered(action, gone, gone)) };
    if (rest.length === actions.length) continue;
    for (let heir = 0; heir < left.length; heir++) {
      const calls = left.map((count, cpu) =>
        cpu === heir ? Math.min(MOST_CALLS, count + (scope.calls[gone] ?? 0)) : count,
      );
      const old = heir < gone ? heir : heir + 1;
      yield { scope: { ...smaller, calls }, actions: actions.map((action) => renumbered(action, gone, old)) };
    }
  }
}

/** The same with CPUs numbered in the order in which they first act, those that never act last. */
export function* cpusInOrder({ scope, actions }: Draft): Generator<ScopeChange> {
  const all = Array.from({ length: scope.cpus }, (_, cpu) => cpu);
  const order = [...new Set([...actions.map(({ cpu }) => cpu), ...all])];
  if (order.every((cpu, at) => cpu === at)) return;
  const shift = (cpu: number): number => order.indexOf(cpu);
  yield {
    scope: { ...scope, calls: order.map((cpu) => scope.calls[cpu] ?? 0) },
    actions: actions.map((action) => withCpus(action, shift)),
  };
}

/** The most that a scope can say. */
const MOST_CALLS = 200;

/** An action when CPU `gone` is no more and `heir`, by its old number, does what it did. */
function renumbered(action: NamedAction, gone: number, heir: number): NamedAction {
  const shift = (cpu: number): number => {
    const now = cpu === gone ? heir : cpu;
    return now > gone ? now - 1 : Math.max(0, now === gone ? now - 1 : now);
  };
  return withCpus(action, shift);
}

function withCpus(action: NamedAction, shift: (cpu: number) => number): NamedAction {
  const { peer } = action;
  return { ...action, cpu: shift(action.cpu), ...(peer === undefined ? {} : { peer: shift(peer) }) };
}

function without<T>(list: readonly T[], gone: number): T[] {
  return list.filter((_, at) => at !== gone);
}
