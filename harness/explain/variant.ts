import { ACTION, encodeAction, type NamedAction, stepArg } from "../../model/action.ts";
import { assert } from "../../model/failure.ts";
import type { Machine } from "../../model/machine.ts";
import { Judge } from "../judge.ts";
import { resolveRecorded } from "../resolve-recorded.ts";
import { restsViolated } from "../standstill.ts";
import { handedOut, levelOf, type RunEvent, sameStand, standOf } from "./run-events.ts";

/** How one event is done differently. What is absent stays as it was. */
export interface Otherwise {
  readonly cpu?: number;
  /** Replaces parts of the action that begins it. */
  readonly head?: Partial<NamedAction>;
  /** Replaces what its `at`-th step with choices chose. */
  readonly choice?: { readonly at: number; readonly choice: number };
  /** Ends after this many actions, wherever its actor then stands. */
  readonly actions?: number;
}

/** A run to be tried: events in order, some of them done differently. */
export interface Variant {
  readonly order: readonly RunEvent[];
  readonly otherwise?: ReadonlyMap<number, Otherwise>;
}

/** Steps of one event in a variant, at most: as many as in the run, and these. */
const MORE_STEPS = 64;

/**
 * Tries variants of a run by its events: each actor goes on until it stands where it stood in the run, however many steps that
 * takes now; a page that an allocation received is followed by what becomes of it. What is not possible is left out.
 */
export class Variants {
  /** Variants tried so far. */
  count = 0;
  /** Events of the latest variant that could not begin. */
  readonly missing = new Set<number>();
  private readonly initial: Uint32Array;
  private readonly judge: Judge;
  private readonly bit: number;
  /** Pages of the run, by those that the variant received in their place. */
  private readonly pages = new Map<number, number>();

  constructor(
    private readonly machine: Machine,
    claim: string,
  ) {
    this.initial = machine.state.words.slice();
    this.judge = new Judge(machine, "run", ({ id, terminal }) => id === claim || terminal === true);
    this.bit = this.judge.claims.findIndex(({ id }) => id === claim);
    assert(this.bit >= 0, "a run is explained only where its claim applies");
  }

  /** The claim is violated in the course of the variant, or by the standstill in which it ends. */
  violates(variant: Variant): boolean {
    const { machine, judge } = this;
    this.count++;
    this.pages.clear();
    this.missing.clear();
    machine.state.words.set(this.initial);
    machine.clearStep();
    judge.load();
    for (const event of variant.order) {
      const end = this.follow(event, variant.otherwise?.get(event.index) ?? {});
      if (end !== undefined) return end === "violated";
    }
    return restsViolated(machine, judge, this.bit);
  }

  /** Does one event; answers why the variant is over, if it is. */
  private follow(event: RunEvent, otherwise: Otherwise): End {
    const { machine } = this;
    const cpu = otherwise.cpu ?? event.cpu;
    if (event.head !== undefined) {
      const head = { ...event.head, ...otherwise.head, cpu, ...this.pageOf(event.head, otherwise) };
      const action = resolveRecorded(machine, head);
      if (typeof action === "string") {
        this.missing.add(event.index);
        return undefined;
      }
      const end = this.perform(action, event);
      if (end !== undefined) return end === "blocked" ? undefined : end;
    }
    const level = event.head === undefined ? event.level : levelOf(machine, event.head);
    return level < 0 ? undefined : this.goOn(event, cpu, level, otherwise);
  }

  /** Lets the actor run until it stands where the event left it in the run, returns, or cannot go on. */
  private goOn(event: RunEvent, cpu: number, level: number, otherwise: Otherwise): End {
    const { machine } = this;
    let visits = 0;
    let choices = 0;
    const most = otherwise.actions ?? event.to - event.from + MORE_STEPS;
    const stops = otherwise.actions === undefined;
    for (let steps = event.head === undefined ? 0 : 1; steps < most; steps++) {
      const stand = standOf(machine, cpu, level);
      if (stand === undefined) return undefined;
      if (
        stops &&
        steps > 0 &&
        event.stop !== undefined &&
        sameStand(stand, event.stop.at) &&
        ++visits >= event.stop.visits
      )
        return undefined;
      const hasChoices = machine.k.stepAt(cpu, level).choices !== undefined;
      const choice = hasChoices ? chosen(event, choices++, stand.step, otherwise) : 0;
      const action = this.enabled(cpu, level, choice);
      if (action === undefined) return undefined;
      const end = this.perform(action, event);
      if (end !== undefined) return end === "blocked" ? undefined : end;
    }
    return undefined;
  }

  private perform(action: number, event: RunEvent): "violated" | "broken" | "blocked" | undefined {
    const { machine, judge } = this;
    machine.clearStep();
    if (!machine.perform(action)) return "blocked";
    const received = handedOut(machine);
    if (received !== undefined && event.received !== undefined) this.pages.set(event.received, received);
    const violated = judge.afterStep();
    judge.commit();
    if ((violated >>> this.bit) & 1) return "violated";
    return (violated & judge.terminalMask) !== 0 ? "broken" : undefined;
  }

  /** The step's number, if the machine lets that level run; the first choice where there are fewer. */
  private enabled(cpu: number, level: number, choice: number): number | undefined {
    const wanted = encodeAction(ACTION.step, cpu, stepArg(level, choice));
    const first = encodeAction(ACTION.step, cpu, stepArg(level, 0));
    let found: number | undefined;
    this.machine.enumerateCpu(cpu, (action) => {
      if (action === wanted || (action === first && found === undefined)) found = action;
    });
    return found;
  }

  private pageOf({ kind, pfn }: NamedAction, otherwise: Otherwise): { pfn?: number } {
    if (pfn === undefined || otherwise.head?.pfn !== undefined) return {};
    return kind === "free" || kind === "irqFree" ? { pfn: this.pages.get(pfn) ?? pfn } : {};
  }
}

/** Why a variant ends before its last event: the claim is violated, or another whose violation leaves structures without meaning. */
type End = "violated" | "broken" | undefined;

function chosen(event: RunEvent, at: number, step: string, { choice }: Otherwise): number {
  if (choice?.at === at) return choice.choice;
  const recorded = event.choices[at];
  return recorded?.step === step ? recorded.choice : 0;
}
