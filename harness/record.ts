import type { NamedAction } from "../model/action.ts";
import type { Counterexample, RecordedStep } from "../model/counterexample.ts";
import { diffStates } from "../model/diff.ts";
import { observationDigest, stateHash } from "../model/digest.ts";
import type { Machine } from "../model/machine.ts";
import { State } from "../model/state.ts";
import { Judge } from "./judge.ts";
import { nameAction } from "./name-action.ts";

/** Where a run came from and what it shows. */
export interface RunHeader {
  readonly scope: string;
  readonly engine: string;
  readonly minimality: string;
  readonly seed?: number;
}

/**
 * Replays a list of actions on a machine at its initial state and records it by name, with the claim's witness at the end.
 *
 * - **Errors**: none; a run that does not violate the claim at its end is recorded with a witness that says so.
 */
export function recordRun(
  machine: Machine,
  actions: readonly number[],
  claim: string,
  header: RunHeader,
): Counterexample {
  // Only this claim is looked for; a world may have more claims than one judge holds.
  const judge = new Judge(machine, "run", ({ id, terminal }) => id === claim || terminal === true);
  judge.load();
  const before = new State(machine.state.layout);
  const initialDigest = observationDigest(machine.state);
  const steps: RecordedStep[] = [];
  let witness = "";
  actions.forEach((action, index) => {
    before.restore(machine.state.words);
    const name = nameAction(machine, action);
    machine.clearStep();
    machine.perform(action);
    const violated = judge.afterStep();
    if (index === actions.length - 1) witness = witnessOf(judge, claim, violated);
    judge.commit();
    steps.push(recordStep(machine, before, name));
  });
  return {
    design: machine.software.design.id,
    claim,
    witness,
    layout: machine.state.layout.digest,
    initialDigest,
    steps,
    events: countEvents(steps.map((step) => step.action)),
    ...header,
  };
}

function witnessOf(judge: Judge, claim: string, violated: number): string {
  const bit = judge.claims.findIndex((candidate) => candidate.id === claim);
  const mask = violated | judge.atStandstill();
  if (((mask >>> bit) & 1) === 0) return `${claim} is not violated at the end of this run`;
  return judge.witness(bit).text;
}

function recordStep(machine: Machine, before: State, action: NamedAction): RecordedStep {
  return {
    action,
    changes: diffStates(before, machine.state),
    digest: observationDigest(machine.state),
    hash: stateHash(machine.state),
  };
}

/** Timeline lines: a maximal uninterrupted run of one actor's steps, its call included, is one event; anything else is one each. */
export function countEvents(actions: readonly NamedAction[]): number {
  let events = 0;
  let last = "";
  for (const action of actions) {
    const actor = actorOf(action);
    if (actor === undefined || actor !== last || startsEvent(action)) events++;
    last = actor ?? "";
  }
  return events;
}

/** Who acts, or undefined for an action that is always an event of its own. */
export function actorOf(action: NamedAction): string | undefined {
  switch (action.kind) {
    case "step":
      return `cpu${action.cpu} ${action.level}`;
    case "alloc":
    case "free":
    case "drain":
    case "call":
      return `cpu${action.cpu} task`;
    case "worker":
      return `cpu${action.cpu} worker`;
    case "ipi":
    case "irqAlloc":
    case "irqFree":
      return `cpu${action.cpu} hardirq`;
    case "interrupt":
      return `cpu${action.cpu} ${action.call === "nmi" ? "nmi" : "hardirq"}`;
    default:
      return undefined;
  }
}

/** A new call, worker or interrupt begins a line even when the same actor ran before. */
export function startsEvent(action: NamedAction): boolean {
  return action.kind !== "step";
}
