import { actorOf, startsEvent } from "../harness/record.ts";
import type { NamedAction } from "../model/action.ts";
import type { RecordedStep } from "../model/counterexample.ts";
import type { Change } from "../model/diff.ts";
import type { HiddenFill } from "./hidden-fills.ts";
import type { RunNames } from "./run-names.ts";
import { type Effect, indexIn, merge } from "./step-effects.ts";
import { partsOf, type TimelineLine } from "./timeline-line.ts";

/** A run with what each of its steps did, as a timeline needs it. */
export interface Story {
  readonly steps: readonly RecordedStep[];
  /** By step. */
  readonly effects: readonly (readonly Effect[])[];
  /** By step: what waits in the CPU's store buffer, where the step changed that. */
  readonly waiting: readonly (readonly string[])[];
  readonly fills: readonly HiddenFill[];
  readonly names: RunNames;
  /** The last step violates the claim. */
  readonly isViolated: boolean;
  /** Something that the witness names changes in the step. */
  readonly isNamed: (step: RecordedStep) => boolean;
}

/** An event: consecutive steps of one actor, and where the first of them stands in the run. */
interface Event {
  readonly from: number;
  readonly steps: readonly RecordedStep[];
}

/** The run as events: a maximal uninterrupted run of one actor's steps is one line, IPIs and hardware actions one each. */
export function eventLines(story: Story): TimelineLine[] {
  const events = groupEvents(story.steps);
  const calls = new Map<string, string>();
  return events.flatMap((event, index) => {
    const until = event.from + event.steps.length;
    const left = story.waiting.slice(event.from, until).findLast((stores) => stores.length > 0) ?? [];
    const buffered: Effect[] =
      left.length === 0 ? [] : [{ kind: "words", words: `still buffered: ${left.join(", ")}` }];
    const effects = merge([...story.effects.slice(event.from, until).flat(), ...buffered, ...lastStep(story, until)]);
    const line: TimelineLine = {
      number: index + 1,
      mark: "",
      cpu: cpuOf(event),
      parts: partsOf(headOfEvent(event, calls, story.names), effects),
      fixed: index === events.length - 1 || event.steps.some(story.isNamed),
    };
    const fills = story.fills.filter((fill) => fill.step >= event.from && fill.step < until);
    const isInside = (fill: HiddenFill): boolean => fill.since >= event.from;
    const isLast = index === events.length - 1;
    const inside = fills
      .filter(isInside)
      .map((fill) => fillLine(fill, isLast ? "during the next event " : "meanwhile "));
    const before = fills.filter((fill) => !isInside(fill)).map((fill) => fillLine(fill, ""));
    return isLast ? [...before, ...inside, line] : [...before, line, ...inside];
  });
}

/** The run step by step: program and label of each, with what it changed. */
export function stepLines(story: Story): TimelineLine[] {
  return story.steps.flatMap((step, index) => {
    const line: TimelineLine = {
      number: index + 1,
      mark: "",
      cpu: step.action.cpu,
      parts: partsOf(stepText(step.action, story.steps[index - 1]?.action, story.names), story.effects[index] ?? []),
      fixed: index === story.steps.length - 1 || story.isNamed(step),
    };
    return [...story.fills.filter((fill) => fill.step === index).map((fill) => fillLine(fill, "")), line];
  });
}

/** The step that violates the claim, by name, where it changed nothing that is told: what it did was to be there. */
function lastStep({ steps, effects, isViolated }: Story, until: number): Effect[] {
  const last = steps.at(-1);
  if (!isViolated || until < steps.length || last?.action.kind !== "step") return [];
  if ((effects.at(-1) ?? []).length > 0) return [];
  return [{ kind: "words", words: `then ${last.action.program}/${last.action.step}` }];
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
function headOfEvent({ steps }: Event, calls: Map<string, string>, names: RunNames): string {
  const [first] = steps;
  if (first === undefined) return "";
  const actor = actorOf(first.action) ?? "";
  if (startsEvent(first.action)) calls.set(actor, callName(first.action, names));
  return headOf(first.action, steps, calls.get(actor), names);
}

/** What a reader would call the event: the call with its answer, the worker, the interrupt. */
function headOf(
  action: NamedAction,
  steps: readonly RecordedStep[],
  call: string | undefined,
  names: RunNames,
): string {
  const head = action.kind === "step" ? `${call ?? action.program} goes on` : callText(action, names);
  return `${head}${answerOf(steps, action.cpu)}`;
}

/** What a line that takes a call up again calls it. */
function callName(action: NamedAction, names: RunNames): string {
  return action.kind === "alloc" || action.kind === "irqAlloc" ? "alloc_pages" : callText(action, names);
}

function callText(action: NamedAction, names: RunNames): string {
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
      return `${action.call}(${names.args(action.call, action.args ?? [])})`;
    case "interrupt":
      return action.call === "nmi" ? "NMI" : "device interrupt";
    case "store":
      return "its oldest buffered store reaches memory";
    case "step":
      return `${action.program}/${action.step}${choiceText(action)}`;
  }
}

/** The first choice is what happens unless something else does. */
function choiceText({ choice = 0 }: NamedAction): string {
  return choice === 0 ? "" : ` (choice ${choice})`;
}

/**
 * `flush_tlb_kernel_range/send_ipi (smp_call_function_many_cond)`, with the kernel function that the step imitates;
 * `/await_acks (csd_lock_wait)` where the line before was in the same program.
 */
function stepText(action: NamedAction, before: NamedAction | undefined, names: RunNames): string {
  if (action.kind === "worker") return `${callText(action, names)} starts`;
  if (action.kind !== "step") return `${callText(action, names)} begins`;
  const isSame = before?.kind === "step" && actorOf(before) === actorOf(action) && before.program === action.program;
  const imitated = names.imitates(action.program, action.step);
  const isFunction = imitated !== undefined && /^\w+$/.test(imitated);
  const told = isFunction && imitated !== action.program && imitated !== action.step ? ` (${imitated})` : "";
  return `${isSame ? "" : action.program}/${action.step}${told}${choiceText(action)}`;
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

function fillLine({ cpu, text }: HiddenFill, when: string): TimelineLine {
  return { number: undefined, mark: "~", cpu, parts: [`${when}${text}`], fixed: true };
}

function cpuOf(event: Event): number {
  return event.steps[0]?.action.cpu ?? 0;
}
