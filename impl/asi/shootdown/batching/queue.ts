import { defineColumns } from "../../../../model/column.ts";
import { type Kernel, LEVEL_WORKER } from "../../../../model/kernel.ts";
import type { ListKind } from "../../../../model/world.ts";
import { zoneLock } from "../../../mm/columns.ts";
import type { Shootdown } from "../../parts.ts";

/** Names of the two lists: pages whose leaves are clear and not flushed, and what a CPU has taken off it flushed. */
const PENDING = "pending flush";
const FLUSHED = "flushed";

export const batchColumns = defineColumns("batch", {
  /** The CPU whose flush, under way, began after the page's latest clear: what it may be credited with. */
  epoch: { sort: "cpu", owner: "design", per: ["page"], link: true },
});

/** Named departures from correct batching; each is a canary's. */
export interface BatchingSwitches {
  /** A page that is taken back and freed again is credited with a flush that began before it was cleared again. */
  readonly keepEpoch: boolean;
  /** 18: whatever is pending when a flush ends is taken for flushed, also what came after it began. */
  readonly creditLate: boolean;
  /** The queue's lock is held, with interrupts off, while the flush waits for the other CPUs. */
  readonly flushUnderLock: boolean;
  /** 19: the leaves are cleared when the flush has ended. */
  readonly clearLate: boolean;
}

export const CORRECT_BATCHING: BatchingSwitches = {
  keepEpoch: false,
  creditLate: false,
  flushUnderLock: false,
  clearLate: false,
};

export interface BatchingOptions {
  readonly shootdown: Shootdown;
  /** Blocks that may wait: whoever adds one beyond them flushes itself, where it may. */
  readonly bound: number;
  readonly switches: BatchingSwitches;
}

/** Both lists. The first is everybody's, under the first zone's lock; the second each CPU's own. */
export function batchLists(cpus: number): readonly ListKind[] {
  return [
    { name: PENDING, count: 1, mustDrain: true, lock: () => queueLock() },
    { name: FLUSHED, count: cpus, mustDrain: true, inProgress: true },
  ];
}

export function queueLock(): number {
  return zoneLock(0);
}

export function pendingList(k: Kernel): number {
  return k.listOf(PENDING, 0);
}

export function flushedList(k: Kernel): number {
  return k.listOf(FLUSHED, k.cpu);
}

/** Some block waits that no flush under way covers. */
export function hasUncovered(k: Kernel): boolean {
  const { epoch } = k.of(batchColumns);
  for (let pfn = k.lists.first(pendingList(k)); pfn >= 0; pfn = k.lists.next(pfn))
    if (epoch.get(pfn) === 0) return true;
  return false;
}

/**
 * A flush may be started here. By IPI: interrupts on and no lock held. By broadcast: anywhere, but what it interrupts on its
 * own CPU may itself be a flush, so tasks only.
 */
export function mayFlush(k: Kernel, mechanism: Shootdown["mechanism"]): boolean {
  if (k.level > LEVEL_WORKER) return false;
  return mechanism === "broadcast" || (k.irqsEnabled(k.cpu) && !k.holdsLock(k.cpu));
}
