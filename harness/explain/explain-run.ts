import type { NamedAction } from "../../model/action.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import { assert } from "../../model/failure.ts";
import type { Machine } from "../../model/machine.ts";
import { CLAIMS } from "../../properties/claims.ts";
import { Attempts } from "../attempts.ts";
import type { StoredRun } from "../counterexample-file.ts";
import { machineForRun, type RunSetting } from "../machine-for-run.ts";
import type { RunControl } from "../outcome.ts";
import { scenarioRequests } from "../requests.ts";
import { parseScope, printScope } from "../scope.ts";
import { isControl, sliceBack } from "./causal-slice.ts";
import { eventName, scheduleEvents } from "./event-name.ts";
import type { CausalSlice, ExplainedEvent, Explanation, FailedConjunct, Fate } from "./explanation.ts";
import { type FateFound, findFate } from "./fate.ts";
import { findFreedom } from "./freedom.ts";
import { eventsOf, type RunEvent } from "./run-events.ts";
import { type TracedRun, traceRun } from "./trace-run.ts";

export interface ExplainOptions extends RunSetting, Pick<RunControl, "shouldStop"> {
  /** Variants of the run to try, at most. */
  readonly maxVariants?: number;
  /** States to look at for the moment after which nothing helps, at most. */
  readonly maxStates?: number;
}

const MAX_VARIANTS = 600;
/** Steps that all variants of a run take together, about: of a long run fewer are tried. */
const MAX_VARIANT_STEPS = 300_000;
const MAX_STATES = 20_000;
/** Calls that each CPU may make in the variants of a run, so that a call can move; the most that a scope takes. */
const MOST_CALLS = 200;
/** Orders that an allocation of the run is tried with. */
const MOST_ORDER = 3;

/**
 * Says why a run violates its claim: which part of the claim fails, what of the run does not matter, who wrote what the
 * violation rests on, and from when on it could not be avoided.
 *
 * - **Shapes, units**: the run is one that violates its claim at its end on today's code; what replaces names in its file is done
 *   by replaying first (`ReplayReport.run`).
 * - **Cost**: `maxVariants` runs and `maxStates` states; some tenths of a second for a run of thirty steps.
 * - **Errors**: `InputError` UNKNOWN-DESIGN, BAD-SCOPE; `InternalError` for a run that does not violate its claim.
 */
export function explainRun(run: Counterexample | StoredRun, options: ExplainOptions = {}): Explanation {
  const { claim } = run;
  const { maxStates = MAX_STATES, shouldStop = () => false } = options;
  const affordable = Math.min(MAX_VARIANTS, Math.ceil(MAX_VARIANT_STEPS / Math.max(1, run.steps.length)));
  const { maxVariants = affordable } = options;
  const { numbers, actions } = upToViolation(machineForRun(run, options), run);
  const events = eventsOf(machineForRun(run, options), actions);
  const traced = traceRun((recorder) => machineForRun(run, { ...options, recorder }), actions, claim);
  const explained = events.map((event) => explainedEvent(event, events, actions));
  const fate = findFate(machineForRun(run, options), numbers, claim, { maxStates, shouldStop });
  return {
    failure: failureOf(claim, traced),
    events: explained,
    freedom: findFreedom(roomyMachine(run, options), events, claim, { maxVariants, shouldStop }),
    slice: sliceOf(traced, explained),
    fate: fateOf(fate, actions),
  };
}

/** The run as numbers and names of today's machine, up to where its claim is first violated. */
function upToViolation(
  machine: Machine,
  { claim, steps }: Counterexample | StoredRun,
): { numbers: readonly number[]; actions: readonly NamedAction[] } {
  const attempts = new Attempts(machine, claim);
  const attempt = attempts.applies ? attempts.named(steps.map(({ action }) => action)) : undefined;
  assert(attempt?.violated === true, "a run to be explained violates its claim");
  const actions = attempt.kept.flatMap((at) => steps[at]?.action ?? []);
  return { numbers: attempt.taken, actions };
}

function explainedEvent(event: RunEvent, events: readonly RunEvent[], actions: readonly NamedAction[]): ExplainedEvent {
  const { index, cpu, from, to, call } = event;
  const text = eventName(event, actions[events[call]?.from ?? from]);
  return { number: index + 1, cpu, firstStep: from + 1, lastStep: to + 1, text, call: call + 1 };
}

function failureOf(claim: string, { witness }: TracedRun): FailedConjunct {
  const statement = CLAIMS.find(({ id }) => id === claim)?.statement ?? "";
  const { pfn, cpu, context, conjunct = statement, operands } = witness;
  const named = { ...(cpu === undefined ? {} : { cpu }), ...(pfn === undefined ? {} : { pfn }) };
  const places = { ...named, ...(context === undefined ? {} : { context }) };
  return { claim, statement, conjunct, operands: operands ?? places, witness: witness.text };
}

/** Where the claim judges what the last step did and reads no state, that step's own reads take its place. */
function sliceOf({ machine, steps, claimReads }: TracedRun, events: readonly ExplainedEvent[]): CausalSlice {
  const last = (steps.at(-1)?.reads ?? []).filter(({ column }) => !isControl(column));
  const { links, ...slice } = sliceBack(machine, steps, claimReads.length > 0 ? claimReads : last);
  return { ...slice, links: links.map((link) => ({ ...link, event: eventAt(events, link.step) })) };
}

function eventAt(events: readonly ExplainedEvent[], step: number): number {
  return events.find(({ firstStep, lastStep }) => firstStep <= step && step <= lastStep)?.number ?? 0;
}

function fateOf({ decided, after, instead, states }: FateFound, actions: readonly NamedAction[]): Fate {
  if (!decided) return { kind: "unknown", step: after, states };
  const told = scheduleEvents(actions.slice(0, Math.max(0, after - 1)), instead);
  return { kind: "sealed", step: after, instead: told, states };
}

/** The run's world with as many calls as anybody may want, and a menu of every request in every small order. */
function roomyMachine(run: Counterexample | StoredRun, options: ExplainOptions): Machine {
  const scope = parseScope(run.scope);
  const calls = scope.calls.map(() => Math.min(MOST_CALLS, Math.max(1, run.steps.length)));
  const orders = Math.min(scope.geometry.maxOrder, MOST_ORDER) + 1;
  const { design } = machineForRun(run, options).software;
  const menu = scope.allocates
    ? scenarioRequests(design).flatMap(({ name }) => Array.from({ length: orders }, (_, order) => asked(name, order)))
    : [];
  const origin = { design: run.design, scope: printScope({ ...scope, calls }), steps: [...run.steps, ...menu] };
  return machineForRun(origin, options);
}

function asked(request: string, order: number): { readonly action: NamedAction } {
  return { action: { kind: "alloc", cpu: 0, request, order } };
}
