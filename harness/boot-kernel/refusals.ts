import { InputError } from "../../model/failure.ts";
import { type Kernel, LEVEL_HARDIRQ, LEVEL_SOFTIRQ, LEVEL_TASK } from "../../model/kernel.ts";
import { PLACE_ALLOCATED, PLACE_FIRST_LIST, PLACE_IN_HAND } from "../../model/lists.ts";

export type CallContext = "task" | "softirq" | "hardirq";

/** Where a call is made. `irqsOff`: inside a section with interrupts off. */
export interface CallSite {
  readonly cpu: number;
  readonly context?: CallContext;
  readonly irqsOff?: boolean;
}

const LEVELS: Readonly<Record<CallContext, number>> = {
  task: LEVEL_TASK,
  softirq: LEVEL_SOFTIRQ,
  hardirq: LEVEL_HARDIRQ,
};

/**
 * The level that a call runs on.
 *
 * - **Errors**: `InputError` UNKNOWN-CPU, UNKNOWN-CONTEXT.
 */
export function levelOfSite(k: Kernel, site: CallSite): number {
  checkCpu(k, site.cpu);
  const level = LEVELS[site.context ?? "task"];
  if (level === undefined) {
    throw new InputError("UNKNOWN-CONTEXT", `there is no context "${site.context}"`, Object.keys(LEVELS).join(", "));
  }
  return level;
}

export function checkCpu(k: Kernel, cpu: number): void {
  if (Number.isInteger(cpu) && cpu >= 0 && cpu < k.world.cpus) return;
  throw new InputError("UNKNOWN-CPU", `there is no cpu ${cpu}; this machine has cpu 0 to ${k.world.cpus - 1}`);
}

export function checkPfn(k: Kernel, pfn: number): void {
  if (Number.isInteger(pfn) && pfn >= 0 && pfn < k.world.pages) return;
  throw new InputError("UNKNOWN-PFN", `there is no pfn ${pfn}; this machine has pfn 0 to ${k.world.pages - 1}`);
}

export function checkOrder(k: Kernel, order: number): void {
  const { maxOrder } = k.world.geometry;
  if (Number.isInteger(order) && order >= 0 && order <= maxOrder) return;
  throw new InputError(
    "BAD-ORDER",
    `order ${order} is outside 0..${maxOrder}, the largest of this geometry`,
    "a larger run of pages comes from allocContigRange",
  );
}

/** Refuses a range that is not one of the machine's, `start` included, `end` not. */
export function checkRange(k: Kernel, start: number, end: number): void {
  checkPfn(k, start);
  if (Number.isInteger(end) && end > start && end <= k.world.pages) return;
  throw new InputError("BAD-RANGE", `pfn ${start} to ${end} is not a range of this machine's ${k.world.pages} pages`);
}

/**
 * Refuses what is not the head of an allocated block (of that order, where one is told), and says what it is.
 *
 * - **Errors**: `InputError` NOT-ALLOCATED, WRONG-ORDER.
 */
export function checkAllocated(k: Kernel, pfn: number, order?: number): void {
  checkPfn(k, pfn);
  const held = k.ledger.order(pfn);
  if (held < 0) {
    throw new InputError("NOT-ALLOCATED", `pfn ${pfn} is no block that anybody owns: ${whereIs(k, pfn)}`);
  }
  if (order === undefined || order === held) return;
  throw new InputError(
    "WRONG-ORDER",
    `the block at pfn ${pfn} was allocated with order ${held}, not ${order}`,
    order < held ? "splitPage first, to free its pages one by one" : `freePages(${pfn}, ${held}, …)`,
  );
}

/** Where a page is, in words: allocated, on a list, or in nobody's hand. */
export function whereIs(k: Kernel, pfn: number): string {
  const head = k.lists.headOf(pfn, (at) => k.ledger.order(at));
  if (head < 0) return "it is on no list";
  const place = k.lists.placeOf(head);
  const inside = head === pfn ? "" : `, inside the block at pfn ${head}`;
  if (place === PLACE_ALLOCATED) return `it is allocated with order ${k.ledger.order(head)}${inside}`;
  if (place === PLACE_IN_HAND) return "it is on no list";
  const kind = k.world.lists.kinds[place - PLACE_FIRST_LIST]?.name ?? "some";
  return `it is free, on a ${kind} list with order ${k.lists.order(head)}${inside}`;
}
