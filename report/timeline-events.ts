import { actorOf, startsEvent } from "../harness/record.ts";
import type { NamedAction } from "../model/action.ts";
import type { Counterexample, RecordedStep } from "../model/counterexample.ts";
import type { Change } from "../model/diff.ts";
import { TRANSLATION } from "../model/translations.ts";
import { type EffectContext, effectsOf, indexIn, merge, printEffect } from "./step-effects.ts";

/** One line of a timeline. */
export interface TimelineLine {
  /** Its number among the events, or undefined for hardware that acts unseen. */
  readonly number: number | undefined;
  readonly cpu: number;
  readonly text: string;
}

/** An event: consecutive steps of one actor, and where the first of them stands in the run. */
interface Event {
  readonly from: number;
  readonly steps: readonly RecordedStep[];
}

/** The run as events: a maximal uninterrupted run of one actor's steps is one line, IPIs and hardware actions one each. */
export function eventLines(run: Counterexample, context: EffectContext): TimelineLine[] {
  const events = groupEvents(run.steps);
  const fills = hiddenFills(run, context);
  const calls = new Map<string, string>();
  return events.flatMap((event, index) => {
    const line = { number: index + 1, cpu: cpuOf(event), text: eventText(event, context, calls) };
    const before = fills.filter((fill) => fill.step >= event.from && fill.step < event.from + event.steps.length);
    return [...before.map(fillLine), line];
  });
}

/** The run step by step: program and label of each, with what it changed. */
export function stepLines(run: Counterexample, context: EffectContext): TimelineLine[] {
  const fills = hiddenFills(run, context);
  return run.steps.flatMap((step, index) => {
    const effects = effectsOf(step, context).map(printEffect);
    const text = join(actionText(step), effects);
    const line = { number: index + 1, cpu: step.action.cpu, text };
    return [...fills.filter((fill) => fill.step === index).map(fillLine), line];
  });
}

function groupEvents(steps: readonly RecordedStep[]): Event[] {
  const events: { from: number; steps: RecordedStep[] }[] = [];
  let last: string | undefined;
  steps.forEach((step, index) => {
    const actor = actorOf(step.action);
    const current = events.at(-1);
    if (current === undefined || actor === undefined || actor !== last || startsEvent(step.action)) {
      events.push({ from: index, steps: [step] });
    } else {
      current.steps.push(step);
    }
    last = actor;
  });
  return events;
}

/** `calls` remembers, per actor, what it is in the middle of. */
function eventText(event: Event, context: EffectContext, calls: Map<string, string>): string {
  const [first] = event.steps;
  if (first === undefined) return "";
  const actor = actorOf(first.action) ?? "";
  if (startsEvent(first.action)) calls.set(actor, callName(first.action));
  const effects = merge(event.steps.flatMap((step) => effectsOf(step, context)));
  return join(headOf(first.action, event.steps, calls.get(actor)), effects.map(printEffect));
}

function join(head: string, effects: readonly string[]): string {
  return effects.length === 0 ? head : `${head}: ${effects.join(", ")}`;
}

/** What a reader would call the event: the call with its answer, the worker, the interrupt. */
function headOf(action: NamedAction, steps: readonly RecordedStep[], call: string | undefined): string {
  const { kind, cpu } = action;
  switch (kind) {
    case "alloc":
    case "irqAlloc":
      return `${callText(action)}${answerOf(steps, cpu)}`;
    case "step":
      return `${call ?? action.program} goes on${answerOf(steps, cpu)}`;
    default:
      return callText(action);
  }
}

/** What a line that takes a call up again calls it. */
function callName(action: NamedAction): string {
  return action.kind === "alloc" || action.kind === "irqAlloc" ? "alloc_pages" : callText(action);
}

function callText(action: NamedAction): string {
  const { kind } = action;
  const order = (action.order ?? 0) > 0 ? `, order ${action.order}` : "";
  switch (kind) {
    case "alloc":
    case "irqAlloc":
      return `${kind === "irqAlloc" ? "hard IRQ: " : ""}alloc_pages(${action.request}${order})`;
    case "free":
    case "irqFree":
      return `${kind === "irqFree" ? "hard IRQ: " : ""}free_pages(pfn ${action.pfn}${order})`;
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
      return `caches pfn ${action.pfn} (speculative fill)`;
    case "evict":
      return `evicts pfn ${action.pfn}`;
    case "call":
      return `${action.call}(${(action.args ?? []).join(", ")})`;
    case "interrupt":
      return action.call === "nmi" ? "NMI" : "device interrupt";
    case "store":
      return "its oldest buffered store reaches memory";
    case "step":
      return `${action.program}/${action.step}${action.choice === undefined ? "" : ` (choice ${action.choice})`}`;
  }
}

function actionText(step: RecordedStep): string {
  return step.action.kind === "step" || step.action.kind === "worker"
    ? callText(step.action)
    : `${callText(step.action)} begins`;
}

/** The block that an allocation returned inside these steps; nothing when it has not returned yet. */
function answerOf(steps: readonly RecordedStep[], cpu: number): string {
  for (const change of steps.flatMap((step) => step.changes)) {
    if (change.column === "ledger.order" && change.before === "-") return ` → pfn ${indexIn(change, "pfn")}`;
  }
  if (steps[0]?.action.kind !== "alloc") return "";
  const returned = steps.flatMap((step) => step.changes).some((change) => isBottomReturn(change, cpu));
  return returned ? " → no memory" : " …";
}

function isBottomReturn(change: Change, cpu: number): boolean {
  return change.column === "cpu.running" && indexIn(change, "cpu") === cpu && change.after === "0";
}

interface HiddenFill {
  /** The step before which the CPU may have cached the page: the one that clears its leaf. */
  readonly step: number;
  readonly cpu: number;
  readonly pfn: number;
}

/**
 * Speculative fills that the may-hold abstraction leaves out and the violation needs: a CPU that still holds, at the end, a
 * translation whose leaf was cleared must have cached it before. Only for the page and CPU that the witness names.
 */
function hiddenFills(run: Counterexample, context: EffectContext): HiddenFill[] {
  const named = /cpu(\d+)/.exec(run.witness)?.[1];
  const open = new Map<string, HiddenFill>();
  run.steps.forEach((step, at) => {
    for (const change of step.changes) {
      if (change.column !== "tlb.entry") continue;
      const cpu = indexIn(change, "cpu") ?? 0;
      const pfn = indexIn(change, "pfn") ?? 0;
      if (!context.pages.has(pfn) || (named !== undefined && cpu !== Number(named))) continue;
      open.delete(change.where);
      if (change.after === String(TRANSLATION.stale)) open.set(change.where, { step: at, cpu, pfn });
    }
  });
  return [...open.values()];
}

function fillLine({ cpu, pfn }: HiddenFill): TimelineLine {
  return { number: undefined, cpu, text: `may cache pfn ${pfn} (speculative fill)` };
}

function cpuOf(event: Event): number {
  return event.steps[0]?.action.cpu ?? 0;
}
