import { ACTION, actionArg, actionCpu, actionKind, type NamedAction, stepLevel } from "../../model/action.ts";
import { LEVEL_HARDIRQ, LEVEL_TASK } from "../../model/kernel.ts";
import type { Machine } from "../../model/machine.ts";
import { nameAction } from "../name-action.ts";
import { resolveRecorded } from "../resolve-recorded.ts";
import { handedOut } from "./run-events.ts";

/** One call of the run, and whose block it frees: that of the n-th allocation, where it was allocated in the run. */
interface Call {
  readonly name: NamedAction;
  readonly queue: number;
  /** Number of the allocation whose block it frees, or -1: the block was there from the beginning. */
  readonly frees: number;
  /** Its number among the allocations, or -1. */
  readonly allocation: number;
}

/**
 * The calls of a run as queues: what each CPU asks for, in order, and what its interrupts ask for. A position is, for each
 * queue, how many calls have been made, and then, for each allocation, the page it received, + 1.
 */
export class RemainingCalls {
  private readonly queues: Call[][] = [];
  private readonly keys: string[] = [];
  private allocations = 0;

  /** Reads the calls off a run; leaves the machine at its beginning. */
  constructor(
    private readonly machine: Machine,
    actions: readonly number[],
  ) {
    const initial = machine.state.words.slice();
    /** Which allocation last received a page, and which is under way on a CPU's level. */
    const owner = new Map<number, number>();
    const underWay = new Map<string, number>();
    for (const action of actions) {
      const queue = this.queueFor(action);
      if (queue >= 0) this.add(queue, action, owner, underWay);
      machine.clearStep();
      machine.perform(action);
      const pfn = handedOut(machine);
      const allocation = underWay.get(levelKey(action));
      if (pfn !== undefined && allocation !== undefined) owner.set(pfn, allocation);
    }
    machine.state.words.set(initial);
    machine.clearStep();
  }

  /** No call made. */
  start(): readonly number[] {
    return new Array<number>(this.queues.length + this.allocations).fill(0);
  }

  areMade(position: readonly number[]): boolean {
    return this.queues.every((queue, at) => position[at] === queue.length);
  }

  queueOf(action: number): number {
    return this.keys.indexOf(queueKey(action));
  }

  /** The next call of each queue, as far as it can be made in the machine's present state. */
  possible(position: readonly number[]): { action: number; queue: number }[] {
    const found: { action: number; queue: number }[] = [];
    this.queues.forEach((calls, queue) => {
      const call = calls[position[queue] ?? 0];
      if (call === undefined) return;
      const pfn = call.frees < 0 ? undefined : (position[this.queues.length + call.frees] ?? 0) - 1;
      if (pfn === -1) return;
      const action = resolveRecorded(this.machine, pfn === undefined ? call.name : { ...call.name, pfn });
      if (typeof action === "number") found.push({ action, queue });
    });
    return found;
  }

  /** The position after an action that handed out `pfn`, if any: to the latest allocation of that CPU which has none yet. */
  after(position: readonly number[], action: number, queue: number, pfn: number | undefined): readonly number[] {
    if (queue < 0 && pfn === undefined) return position;
    const next = [...position];
    if (queue >= 0) next[queue] = (next[queue] ?? 0) + 1;
    if (pfn === undefined) return next;
    const made = this.queues.flatMap((calls, at) => calls.slice(0, next[at]));
    const mine = made.filter(({ name, allocation }) => name.cpu === actionCpu(action) && allocation >= 0);
    const open = mine.findLast(({ allocation }) => next[this.queues.length + allocation] === 0);
    if (open !== undefined) next[this.queues.length + open.allocation] = pfn + 1;
    return next;
  }

  private queueFor(action: number): number {
    const key = queueKey(action);
    if (key === "") return -1;
    const known = this.keys.indexOf(key);
    if (known >= 0) return known;
    this.keys.push(key);
    this.queues.push([]);
    return this.keys.length - 1;
  }

  private add(queue: number, action: number, owner: Map<number, number>, underWay: Map<string, number>): void {
    const kind = actionKind(action);
    const allocates = kind === ACTION.alloc || kind === ACTION.irqAlloc;
    const frees = kind === ACTION.free || kind === ACTION.irqFree ? (owner.get(actionArg(action)) ?? -1) : -1;
    if (frees >= 0) owner.delete(actionArg(action));
    const allocation = allocates ? this.allocations++ : -1;
    if (allocates) underWay.set(levelKey(action), allocation);
    this.queues[queue]?.push({ name: nameAction(this.machine, action), queue, frees, allocation });
  }
}

/** What a CPU's tasks ask for comes in one order, what its interrupts ask for in another. */
function queueKey(action: number): string {
  const cpu = actionCpu(action);
  switch (actionKind(action)) {
    case ACTION.alloc:
    case ACTION.free:
    case ACTION.drain:
    case ACTION.call:
      return `${cpu} task`;
    case ACTION.irqAlloc:
    case ACTION.irqFree:
      return `${cpu} irq`;
    case ACTION.interrupt:
      return `${cpu} interrupt ${actionArg(action)}`;
    default:
      return "";
  }
}

function levelKey(action: number): string {
  const kind = actionKind(action);
  const level = kind === ACTION.step ? stepLevel(action) : kind === ACTION.irqAlloc ? LEVEL_HARDIRQ : LEVEL_TASK;
  return `${actionCpu(action)} ${level}`;
}
