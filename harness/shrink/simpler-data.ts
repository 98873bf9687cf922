import type { NamedAction } from "../../model/action.ts";
import { scenarioRequests } from "../requests.ts";
import type { Scope } from "../scope.ts";
import { type Draft, isSmaller } from "./draft.ts";
import type { Workbench } from "./workbench.ts";

/**
 * Makes what is asked for simpler, one value at a time: smaller blocks, nonsensitive before sensitive, the first choice before
 * others, lower pages, a call instead of an interrupt that makes one. Kept if the claim is violated in no more steps and lines.
 */
export function withSimplerData(bench: Workbench, draft: Draft): Draft {
  let best = draft;
  for (let at = 0; at < best.actions.length; at++) {
    const action = best.actions[at] as NamedAction;
    for (const simpler of simplerOf(action, requestNames(bench), best.scope.callMenu)) {
      const actions = best.actions.map((old, place) => (place === at ? simpler : old));
      const found = bench.tried(best.scope, actions);
      if (found === undefined || isSmaller(best.actions, found.actions)) continue;
      // Read loosely, the simpler name may have come to what stood there before.
      if (!sameAction(found.actions[at], simpler) && !isSmaller(found.actions, best.actions)) continue;
      best = found;
      break;
    }
  }
  return best;
}

function requestNames({ design }: Workbench): readonly string[] {
  return scenarioRequests(design).map(({ name }) => name);
}

function* simplerOf(
  action: NamedAction,
  requests: readonly string[],
  calls: Scope["callMenu"],
): Generator<NamedAction> {
  const { kind, order = 0, choice = 0, pfn = 0, request, call } = action;
  if (kind === "irqAlloc") yield { ...action, kind: "alloc" };
  if (kind === "irqFree") yield { ...action, kind: "free" };
  if (request !== undefined) {
    for (let smaller = 0; smaller < order; smaller++) yield { ...action, order: smaller };
    for (const plainer of requests.slice(0, requests.indexOf(request))) yield { ...action, request: plainer };
  } else if (action.pfn !== undefined) {
    for (let lower = 0; lower < Math.min(pfn, PFNS_TRIED); lower++) yield { ...action, pfn: lower };
  }
  for (let lower = 0; lower < choice; lower++) yield { ...action, choice: lower };
  if (kind !== "call") return;
  for (const { call: name, args } of calls) {
    if (name === call && args.join() === action.args?.join()) return;
    if (name === call) yield { ...action, args };
  }
}

const PFNS_TRIED = 16;

function sameAction(a: NamedAction | undefined, b: NamedAction): boolean {
  return a !== undefined && ACTION_KEYS.every((key) => String(a[key]) === String(b[key]));
}

const ACTION_KEYS = ["kind", "cpu", "request", "pfn", "choice", "call", "args"] as const;
