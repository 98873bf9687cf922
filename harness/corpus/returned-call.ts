import { ACTION, actionArg, actionKind } from "../../model/action.ts";
import { LEVEL_HARDIRQ, LEVEL_NMI, LEVEL_TASK } from "../../model/kernel.ts";
import { type Machine, NMI } from "../../model/machine.ts";
import { MOMENT } from "../../model/moments.ts";

/** The heads of the blocks that are in use now, by page frame. */
export function blocksInUse({ k, world }: Machine): number[] {
  const heads: number[] = [];
  for (let pfn = 0; pfn < world.pages; pfn++) if (k.ledger.order(pfn) >= 0) heads.push(pfn);
  return heads;
}

/** Pages handed out by the step just taken to the call that returned in it, and the level of that call; none if none returned. */
export function returnedCall(
  machine: Machine,
): { readonly level: number; readonly pfns: readonly number[] } | undefined {
  const { moments } = machine.k;
  if (!moments.has(MOMENT.callReturn)) return undefined;
  let level = -1;
  const pfns: number[] = [];
  for (let i = 0; i < moments.count; i++) {
    if (moments.kinds[i] === MOMENT.handOut) pfns.push(moments.pfns[i] as number);
    else if (moments.kinds[i] === MOMENT.callReturn) level = moments.aux[i] as number;
  }
  return { level, pfns };
}

/** The level on which a call runs. */
export function levelOfCall(action: number): number {
  const kind = actionKind(action);
  if (kind === ACTION.interrupt && actionArg(action) === NMI) return LEVEL_NMI;
  return kind === ACTION.irqAlloc || kind === ACTION.irqFree || kind === ACTION.interrupt ? LEVEL_HARDIRQ : LEVEL_TASK;
}
