import { actorOf, startsEvent } from "../../harness/record.ts";
import type { NamedAction } from "../../model/action.ts";
import type { Counterexample, RecordedStep } from "../../model/counterexample.ts";

/** A timeline line as data: consecutive steps of one actor, under the name of the call they belong to. */
export interface RunEvent {
  readonly cpu: number;
  readonly title: string;
  /** The actor was in the middle of it: an earlier event began it. */
  readonly continued: boolean;
  /** Place of its first step in the run, from 0. */
  readonly from: number;
  readonly steps: readonly RecordedStep[];
}

/** The run as events, in order: the same division that the timeline and the count of events use. Titles are raw text. */
export function runEvents(run: Counterexample): readonly RunEvent[] {
  const events: (RunEvent & { steps: RecordedStep[] })[] = [];
  const calls = new Map<string, string>();
  let last: string | undefined;
  run.steps.forEach((step, from) => {
    const { action } = step;
    const actor = actorOf(action);
    const begins = startsEvent(action);
    if (actor !== undefined && begins) calls.set(actor, actionTitle(action));
    const current = events.at(-1);
    if (current !== undefined && actor !== undefined && actor === last && !begins) current.steps.push(step);
    else {
      const title = calls.get(actor ?? "") ?? actionTitle(action);
      events.push({ cpu: action.cpu, title, continued: !begins, from, steps: [step] });
    }
    last = actor;
  });
  return events;
}

/** What an action is, in the kernel's words. Raw text: names may come from a file. */
export function actionTitle(action: NamedAction): string {
  const { kind } = action;
  const order = (action.order ?? 0) > 0 ? `, order ${action.order}` : "";
  switch (kind) {
    case "alloc":
    case "irqAlloc":
      return `alloc_pages(${action.request ?? "?"}${order})`;
    case "free":
    case "irqFree":
      return `free_pages(pfn ${action.pfn ?? "?"}${order})`;
    case "drain":
      return `drain_pages(cpu${action.peer ?? 0})`;
    case "worker":
      return action.worker ?? "worker";
    case "ipi":
      return `IPI from cpu${action.peer ?? 0}`;
    case "call":
      return `${action.call ?? "?"}(${(action.args ?? []).join(", ")})`;
    case "interrupt":
      return action.call === "nmi" ? "NMI" : "device interrupt";
    case "step":
      return `${action.program ?? "?"}/${action.step ?? "?"}${action.choice === undefined ? "" : ` #${action.choice}`}`;
    default:
      return UNASKED[kind].replace("%", String(action.pfn ?? "?"));
  }
}

const UNASKED = {
  preempt: "preempted",
  enter: "enters the protected context",
  exit: "leaves the protected context",
  fill: "caches pfn % (speculative fill)",
  evict: "evicts pfn %",
  store: "its oldest buffered store reaches memory",
} as const;
