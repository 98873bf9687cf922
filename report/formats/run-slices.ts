import { actorOf, startsEvent } from "../../harness/record.ts";
import type { NamedAction } from "../../model/action.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import { actionTitle } from "./run-events.ts";

/** A stretch of one CPU's time. Slices of one CPU nest: two have nothing in common, or one contains the other. */
export interface RunSlice {
  readonly cpu: number;
  readonly kind: "call" | "function" | "step";
  readonly name: string;
  /** First and last step of the run that belong to it, from 0. */
  readonly from: number;
  readonly to: number;
}

/** A slice that may still grow. */
type OpenSlice = { -readonly [Key in keyof RunSlice]: RunSlice[Key] };

/** A call that may not have ended, with the functions that it is in. */
interface OpenCall {
  readonly actor: string;
  readonly call: OpenSlice;
  readonly functions: OpenSlice[];
}

/**
 * The run as nested slices: calls, in them the functions they go through, in them micro-steps.
 *
 * A call lasts from its first step to its last, waits and interruptions included; what interrupts it lies inside. A call that
 * goes on while one begun later is unfinished cuts that one's slice in two.
 *
 * - **Shapes, units**: in the order of beginnings; what encloses stands before what it encloses.
 */
export function runSlices(run: Counterexample): readonly RunSlice[] {
  const slicer = new Slicer();
  run.steps.forEach(({ action }, at) => {
    slicer.take(action, at);
  });
  return slicer.slices;
}

class Slicer {
  readonly slices: OpenSlice[] = [];
  private readonly stacks = new Map<number, OpenCall[]>();
  private readonly titles = new Map<string, string>();

  take(action: NamedAction, at: number): void {
    const { cpu, program = "?", step = "?" } = action;
    const actor = actorOf(action);
    if (actor === undefined) {
      this.open(cpu, "step", actionTitle(action), at);
      return;
    }
    const stack = this.stackOf(cpu);
    if (startsEvent(action)) {
      this.titles.set(actor, actionTitle(action));
      popDownTo(stack, (open) => open.actor === actor);
      if (stack.at(-1)?.actor === actor) stack.pop();
      stack.push({ actor, call: this.open(cpu, "call", actionTitle(action), at), functions: [] });
      return;
    }
    const { call, functions } = this.resume(stack, cpu, actor, program, at);
    popDownTo(functions, (open) => open.name === program);
    if (functions.at(-1)?.name !== program) functions.push(this.open(cpu, "function", program, at));
    for (const open of [call, ...functions]) open.to = at;
    this.open(cpu, "step", step, at);
  }

  /** The actor's call on top of the stack: the one it was in, or what is left of it. */
  private resume(stack: OpenCall[], cpu: number, actor: string, program: string, at: number): OpenCall {
    popDownTo(stack, (open) => open.actor === actor);
    const top = stack.at(-1);
    if (top?.actor === actor) return top;
    const title = `${this.titles.get(actor) ?? program} goes on`;
    const resumed = { actor, call: this.open(cpu, "call", title, at), functions: [] };
    stack.push(resumed);
    return resumed;
  }

  private open(cpu: number, kind: RunSlice["kind"], name: string, at: number): OpenSlice {
    const slice = { cpu, kind, name, from: at, to: at };
    this.slices.push(slice);
    return slice;
  }

  private stackOf(cpu: number): OpenCall[] {
    const stack = this.stacks.get(cpu) ?? [];
    this.stacks.set(cpu, stack);
    return stack;
  }
}

/** Takes off what lies above the topmost one that is wanted; nothing when none is. */
function popDownTo<T>(stack: T[], wanted: (open: T) => boolean): void {
  const at = stack.findLastIndex(wanted);
  if (at >= 0) stack.length = at + 1;
}
