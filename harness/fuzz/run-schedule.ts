import { ACTION, actionKind } from "../../model/action.ts";
import { assert } from "../../model/failure.ts";
import { actorOf, preferenceOf, type Schedule } from "../../properties/arbitraries/schedule.ts";
import { type Arena, OPEN_QUOTA } from "./arena.ts";

/** Progress actions after which a machine that still has some is not going to come to rest. */
const DRAIN_STEPS_MAX = 10_000_000;

/**
 * Told, after each step, which claims it violated (one bit each) and how many steps have been taken; false ends the run.
 */
export type Verdicts = (violated: number, steps: number) => boolean;

/** What one run did. `actions` holds the steps taken, as far as the caller wanted them. */
export interface RunRecord {
  steps: number;
  readonly actions: number[] | undefined;
}

/**
 * Runs a schedule from the machine's initial state, then lets everything that is under way come to its end, and judges every
 * micro-step; what must hold at a standstill is judged there.
 *
 * - **Cost**: one pick, one step and the incremental claims per pair; nothing is allocated unless `actions` are kept.
 */
export function runSchedule(arena: Arena, schedule: Schedule, verdicts: Verdicts, actions?: number[]): RunRecord {
  const record: RunRecord = { steps: 0, actions };
  const { picker, machine } = arena;
  const { cpus } = machine.world;
  for (let i = 0; i < schedule.length; i++) {
    const pair = schedule[i] as number;
    const action = picker.pick(actorOf(pair, cpus), preferenceOf(pair));
    if (action >= 0 && !take(arena, action, record, verdicts)) return record;
  }
  settle(arena, record, verdicts);
  return record;
}

/** Performs an action if it is not blocked; answers false when the run is over. */
function take(arena: Arena, action: number, record: RunRecord, verdicts: Verdicts): boolean {
  const { machine, judge } = arena;
  machine.clearStep();
  if (!machine.perform(action)) return true;
  record.steps++;
  record.actions?.push(action);
  topUp(arena, action);
  const violated = judge.afterStep();
  const goOn = violated === 0 || (verdicts(violated, record.steps) && (violated & judge.terminalMask) === 0);
  judge.commit();
  return goOn;
}

/** The workload is open: a call is given back to the CPU that made it. */
function topUp({ machine }: Arena, action: number): void {
  const kind = actionKind(action);
  if (kind < ACTION.alloc || kind > ACTION.call || (kind > ACTION.drain && kind < ACTION.irqAlloc)) return;
  const cpu = (action >>> 24) & 15;
  if (machine.quotaOf(cpu) < OPEN_QUOTA) machine.grant(cpu, OPEN_QUOTA);
}

/** No new calls: steps, interrupts and woken workers run until nothing can move; then L4 and DEADLOCK mean something. */
function settle(arena: Arena, record: RunRecord, verdicts: Verdicts): void {
  const { machine, judge, picker } = arena;
  const budget = record.steps + DRAIN_STEPS_MAX;
  let idle = 0;
  for (let cpu = 0; idle < machine.world.cpus; cpu = (cpu + 1) % machine.world.cpus) {
    const before = record.steps;
    for (const action of picker.progress(cpu)) {
      if (!take(arena, action, record, verdicts)) return;
      if (record.steps > before) break;
    }
    idle = record.steps > before ? 0 : idle + 1;
    assert(record.steps < budget, "a machine without new calls comes to rest");
  }
  machine.clearStep();
  const violated = judge.atStandstill();
  if (violated !== 0) verdicts(violated, record.steps);
}
