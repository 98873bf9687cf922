import type { NamedAction } from "../../model/action.ts";
import { actorOf, startsEvent } from "../record.ts";
import type { ToldEvent } from "./explanation.ts";
import type { RunEvent } from "./run-events.ts";

/** What an event is called where the CPU is told beside it; `begun` is the action that began its call. */
export function eventName(event: RunEvent | undefined, begun: NamedAction | undefined): string {
  if (begun === undefined) return "";
  const name = actionName(begun);
  return event === undefined || event.head !== undefined || event.level < 0 ? name : `${name} goes on`;
}

/** A schedule that follows on a beginning, as events. */
export function scheduleEvents(beginning: readonly NamedAction[], schedule: readonly NamedAction[]): ToldEvent[] {
  const events: ToldEvent[] = [];
  const calls = new Map<string, NamedAction>();
  let last: string | undefined;
  [...beginning, ...schedule].forEach((action, at) => {
    const actor = actorOf(action);
    const starts = actor === undefined || startsEvent(action);
    if (actor !== undefined && starts) calls.set(actor, action);
    if (at >= beginning.length && (starts || actor !== last || at === beginning.length)) {
      const begun = calls.get(actor ?? "") ?? action;
      const choice = action.choice === undefined ? "" : `, choice ${action.choice} at ${action.step}`;
      events.push({ cpu: action.cpu, text: starts ? actionName(action) : `${actionName(begun)} goes on${choice}` });
    }
    last = actor;
  });
  return events;
}

/** An action as a reader would call it, without its CPU. */
export function actionName(action: NamedAction): string {
  const order = (action.order ?? 0) > 0 ? `, order ${action.order}` : "";
  switch (action.kind) {
    case "alloc":
      return `alloc_pages(${action.request}${order})`;
    case "irqAlloc":
      return `hard IRQ: alloc_pages(${action.request}${order})`;
    case "free":
      return `free_pages(pfn ${action.pfn}${order})`;
    case "irqFree":
      return `hard IRQ: free_pages(pfn ${action.pfn}${order})`;
    case "drain":
      return `drain_pages(cpu${action.peer})`;
    case "worker":
      return `${action.worker}`;
    case "ipi":
      return `IPI from cpu${action.peer}`;
    case "preempt":
      return "is preempted";
    case "enter":
      return "enters the protected context";
    case "exit":
      return "leaves the protected context";
    case "fill":
      return `caches row ${action.pfn}`;
    case "evict":
      return `evicts row ${action.pfn}`;
    case "call":
      return `${action.call}(${(action.args ?? []).join(", ")})`;
    case "interrupt":
      return action.call === "nmi" ? "NMI" : "device interrupt";
    case "store":
      return "lets a buffered store reach memory";
    case "step":
      return `${action.program}/${action.step}`;
  }
}
