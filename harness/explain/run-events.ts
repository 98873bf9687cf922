import type { NamedAction } from "../../model/action.ts";
import type { Machine } from "../../model/machine.ts";
import { MOMENT } from "../../model/moments.ts";
import { actorOf, startsEvent } from "../record.ts";
import { resolveRecorded } from "../resolve-recorded.ts";

/** A place in a program at which somebody stands. */
export interface Stand {
  readonly program: string;
  readonly step: string;
  readonly depth: number;
}

/**
 * A maximal uninterrupted run of one actor's actions, in words that mean something in other runs as well: how it begins, and
 * where its actor stands when it is over.
 */
export interface RunEvent {
  /** Index among the run's events. */
  readonly index: number;
  readonly cpu: number;
  /** Level of the actor's stack; -1 for an action without steps. */
  readonly level: number;
  /** Indices of its first and last action in the run. */
  readonly from: number;
  readonly to: number;
  /** The action that begins a call, a worker or an interrupt; none where the actor goes on. */
  readonly head: NamedAction | undefined;
  /** Index of the event that began what this one goes on with. */
  readonly call: number;
  /** Where the actor stands afterwards, and how often it stood there within the event; none where it has returned. */
  readonly stop: { readonly at: Stand; readonly visits: number } | undefined;
  /** What its steps with choices chose, in order, and how many choices each had. */
  readonly choices: readonly { readonly step: string; readonly choice: number; readonly of: number }[];
  /** The block that an allocation handed out within it. */
  readonly received: number | undefined;
}

/** The level whose stack an action's steps are on; -1 when it has none. */
export function levelOf(machine: Machine, action: NamedAction): number {
  const actor = actorOf(action);
  if (actor === undefined) return -1;
  const name = actor.slice(actor.indexOf(" ") + 1);
  return machine.world.stacks.levels.findIndex((level) => level.name === name);
}

/** Where the top frame of a CPU's level stands; none if nothing runs there. */
export function standOf({ k }: Machine, cpu: number, level: number): Stand | undefined {
  const depth = level < 0 ? 0 : k.depth(cpu, level);
  if (depth === 0) return undefined;
  return { program: k.programAt(cpu, level).name, step: k.stepAt(cpu, level).label, depth };
}

export function sameStand(a: Stand | undefined, b: Stand | undefined): boolean {
  return a?.program === b?.program && a?.step === b?.step && a?.depth === b?.depth;
}

/**
 * Takes a run apart into its events.
 *
 * - **Shapes, units**: the machine is at the beginning of the run, and at its end afterwards; every action must be possible.
 */
export function eventsOf(machine: Machine, actions: readonly NamedAction[]): RunEvent[] {
  const events: Draft[] = [];
  const calls = new Map<string, number>();
  let last: string | undefined;
  actions.forEach((action, at) => {
    const actor = actorOf(action);
    let event = events.at(-1);
    if (event === undefined || actor === undefined || actor !== last || startsEvent(action)) {
      const index = events.length;
      if (actor === undefined || startsEvent(action)) calls.set(actor ?? "", index);
      event = begin(machine, action, at, index, calls.get(actor ?? "") ?? index);
      events.push(event);
    }
    last = actor;
    take(machine, action, at, event);
  });
  return events.map(({ stands, ...event }) => ({ ...event, stop: stopOf(stands) }));
}

type Draft = { -readonly [K in keyof Omit<RunEvent, "stop" | "choices">]: RunEvent[K] } & {
  choices: { step: string; choice: number; of: number }[];
  stands: (Stand | undefined)[];
};

function begin(machine: Machine, action: NamedAction, at: number, index: number, call: number): Draft {
  const head = startsEvent(action) ? action : undefined;
  const level = levelOf(machine, action);
  return { index, cpu: action.cpu, level, from: at, to: at, head, call, choices: [], received: undefined, stands: [] };
}

function take(machine: Machine, action: NamedAction, at: number, event: Draft): void {
  event.to = at;
  const { step, choice, cpu } = action;
  if (step !== undefined && choice !== undefined)
    event.choices.push({ step, choice, of: machine.k.arity(cpu, event.level) });
  const number = resolveRecorded(machine, action);
  machine.clearStep();
  if (typeof number === "number") machine.perform(number);
  event.received = handedOut(machine) ?? event.received;
  event.stands.push(standOf(machine, event.cpu, event.level));
}

/** The block that the step just taken handed out. */
export function handedOut({ k: { moments } }: Machine): number | undefined {
  for (let i = 0; i < moments.count; i++) if (moments.kinds[i] === MOMENT.handOut) return moments.pfns[i];
  return undefined;
}

function stopOf(stands: readonly (Stand | undefined)[]): RunEvent["stop"] {
  const at = stands.at(-1);
  if (at === undefined) return undefined;
  return { at, visits: stands.filter((stand) => sameStand(stand, at)).length };
}
