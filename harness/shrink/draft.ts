import type { NamedAction } from "../../model/action.ts";
import { countEvents } from "../record.ts";
import type { Scope } from "../scope.ts";

/** A run on its way to becoming small: where it happens and what is done. It always violates the claim it is about. */
export interface Draft {
  readonly scope: Scope;
  readonly actions: readonly NamedAction[];
}

/**
 * What is made small, in this order: micro-steps, then timeline lines, then changes from one CPU to another.
 *
 * Steps come first because a search can prove them least; lines and changes only order what is equally short.
 */
export function isSmaller(a: readonly NamedAction[], b: readonly NamedAction[]): boolean {
  if (a.length !== b.length) return a.length < b.length;
  const [ofA, ofB] = [countEvents(a), countEvents(b)];
  return ofA !== ofB ? ofA < ofB : cpuChanges(a) < cpuChanges(b);
}

function cpuChanges(actions: readonly NamedAction[]): number {
  return actions.filter((action, at) => at > 0 && actions[at - 1]?.cpu !== action.cpu).length;
}

/** Calls per CPU that a run makes: each spends one of those that a scope grants. */
export function callsMade(actions: readonly NamedAction[], cpus: number): number[] {
  const calls = new Array<number>(cpus).fill(0);
  for (const { kind, cpu } of actions) if (SPENDS.has(kind)) calls[cpu] = (calls[cpu] ?? 0) + 1;
  return calls;
}

const SPENDS: ReadonlySet<string> = new Set(["alloc", "free", "drain", "call", "irqAlloc", "irqFree"]);
