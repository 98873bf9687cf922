import { ACTION, actionKind } from "../../model/action.ts";
import { assert, InternalError } from "../../model/failure.ts";
import { NOTHING } from "../../properties/arbitraries/picker.ts";
import type { Schedule } from "../../properties/arbitraries/schedule.ts";
import { type Arena, OPEN_QUOTA } from "./arena.ts";
import { type PairSource, ScheduleSource } from "./pair-source.ts";

/** Progress actions after which a machine that still has some is not going to come to rest. */
const DRAIN_STEPS_MAX = 10_000_000;
/** The same where a claim has been violated: a broken list may go round for ever. */
const BROKEN_STEPS_MAX = 200_000;

/**
 * Told, after each step, which claims it violated (one bit each) and how many steps have been taken; false ends the run.
 */
export type Verdicts = (violated: number, steps: number) => boolean;

/** What a caller wants to know of each step that was taken: the action, and the pair that stands for it; none while settling. */
export interface Watch {
  action?(action: number): void;
  pair?(pair: number): void;
}

/** What one run did. */
export interface RunRecord {
  steps: number;
  /** Some claim has been violated. */
  broken: boolean;
}

/** Runs a schedule that is written down; see `runSource`. */
export function runSchedule(arena: Arena, schedule: Schedule, verdicts: Verdicts, watch?: Watch): RunRecord {
  const { picker, machine } = arena;
  const source = new ScheduleSource(schedule, picker, machine.world.cpus);
  return runSource(arena, source, schedule.length, verdicts, watch);
}

/**
 * Runs `turns` turns of a source from the machine's initial state, then lets everything that is under way come to its end, and
 * judges every micro-step; what must hold at a standstill is judged there.
 *
 * A design that has already violated a claim may go on to a state that the model cannot express; there the run ends.
 *
 * - **Cost**: one pick, one step and the incremental claims per turn; nothing is allocated, however many turns there are.
 */
export function runSource(
  arena: Arena,
  source: PairSource,
  turns: number,
  verdicts: Verdicts,
  watch?: Watch,
): RunRecord {
  const record: RunRecord = { steps: 0, broken: false };
  try {
    follow(arena, source, turns, record, verdicts, watch);
  } catch (error) {
    if (!record.broken || !(error instanceof InternalError)) throw error;
  }
  return record;
}

function follow(
  arena: Arena,
  source: PairSource,
  turns: number,
  record: RunRecord,
  verdicts: Verdicts,
  watch: Watch | undefined,
): void {
  let blocked = false;
  for (let turn = 0; turn < turns; turn++) {
    const action = source.next(blocked);
    blocked = false;
    if (action === NOTHING) continue;
    const before = record.steps;
    const goesOn = take(arena, action, record, verdicts, watch);
    blocked = record.steps === before;
    if (!blocked) watch?.pair?.(source.pair);
    if (!goesOn) return;
  }
  settle(arena, record, verdicts, watch);
}

/** Performs an action if it is not blocked; answers false when the run is over. */
function take(arena: Arena, action: number, record: RunRecord, verdicts: Verdicts, watch: Watch | undefined): boolean {
  const { machine, judge } = arena;
  machine.clearStep();
  if (!machine.perform(action)) return true;
  record.steps++;
  watch?.action?.(action);
  topUp(arena, action);
  const violated = judge.afterStep();
  record.broken ||= violated !== 0;
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
function settle(arena: Arena, record: RunRecord, verdicts: Verdicts, watch: Watch | undefined): void {
  const { machine, judge, picker } = arena;
  const start = record.steps;
  let idle = 0;
  for (let cpu = 0; idle < machine.world.cpus; cpu = (cpu + 1) % machine.world.cpus) {
    const before = record.steps;
    for (const action of picker.progress(cpu)) {
      if (!take(arena, action, record, verdicts, watch)) return;
      if (record.steps > before) break;
    }
    idle = record.steps > before ? 0 : idle + 1;
    const budget = record.broken ? BROKEN_STEPS_MAX : DRAIN_STEPS_MAX;
    assert(record.steps - start < budget, "a machine without new calls comes to rest");
  }
  machine.clearStep();
  const violated = judge.atStandstill();
  if (violated !== 0) verdicts(violated, record.steps);
}
