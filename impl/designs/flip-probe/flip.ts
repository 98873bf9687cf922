import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { defineProgram, type MicroStep, NEXT, type Outcome, type Program } from "../../../model/program.ts";
import type { Physmap, Shootdown } from "../../asi/parts.ts";
import { zeroBlock } from "../../mm/alloc-pages.ts";
import { freeOnePage } from "../../mm/buddy.ts";
import { zoneLock } from "../../mm/columns.ts";
import { rmqueue } from "../../mm/rmqueue.ts";
import { BUDDY_COLUMNS } from "../../mm/touches.ts";
import { zoneOfPage } from "../../mm/zones.ts";
import {
  blockOf,
  FLIP_LOCALS,
  flipOrder,
  LOCAL_BLOCK,
  LOCAL_ORDER,
  LOCAL_RESULT,
  MAY_FLIP_COLUMNS,
  mayFlip,
  nextZone,
  wantedType,
  wantsSensitive,
  zoneAt,
} from "./flip-frame.ts";
import { flipBegins, flipEnds, otherLabel, turnLabels } from "./label.ts";
import type { FlipSwitches } from "./switches.ts";

/** The step that stores labels; no other step of the design may, but for those of canaries that do it too soon. */
export const LABEL_STEP = "set_pageblock_sensitive";
export const EARLY_STEP = "set_pageblock_sensitive_early";

/** Columns of a step that takes or lists blocks under zone->lock. */
export const LOCKED_COLUMNS = [
  ...BUDDY_COLUMNS,
  "cpu.lockHolder",
  "cpu.preemptOff",
  "cpu.irqsOff",
  "promise.flipper",
  "tso.column",
  "tso.row",
  "tso.value",
] as const;

export interface FlipParts {
  readonly physmap: Physmap;
  readonly shootdown: Shootdown;
  readonly switches: FlipSwitches;
}

/**
 * `__rmqueue_asi`: makes a whole free block of the other sensitivity into one of the kind asked for, when no list had a page.
 *
 *     take (zone lock) ─┬─ towards sensitive:     clear leaves · flush, wait for all ─┬─ label · { lock, list the rest, unlock }
 *                       └─ towards nonsensitive:  zero · set leaves ──────────────────┘
 *
 * The block is this CPU's alone from the moment it is off the lists. Its label follows the mapping, never leads: whoever
 * reads *sensitive* may rely on every frame of it being absent and discharged. Zeroing comes before the first present bit. A
 * map that fails is undone and, since its leaves may have been cached meanwhile, flushed; the block goes back as what it was.
 *
 * - **Context**: as `mayFlip` says; elsewhere it answers 0, in both directions.
 * - **Shapes, units**: local 2 the order, local 3 the request; answers the link of a block of that order, or 0.
 * - **Cost**: one shootdown per block towards sensitive; a pageblock zeroed towards nonsensitive.
 * - **Leaves out**: what to do when no whole block is free (L2).
 * - **Source**: `__rmqueue_asi_unmap()` of March 2025 (patch 11), `__rmqueue_asi()` of September 2025 (patch 18) with the flush
 *   it does not have and its return value looked at.
 */
export function flipBlock(parts: FlipParts): Program {
  return defineProgram({
    name: "__rmqueue_asi",
    role: "inner",
    locals: FLIP_LOCALS,
    steps: flipSteps(parts),
  });
}

export function flipSteps(parts: FlipParts): MicroStep[] {
  return [
    ...takeSteps(parts),
    ...towardsNonsensitive(parts),
    ...towardsSensitive(parts),
    ...publishSteps(parts),
    ...(parts.physmap.fallible === true ? giveBackSteps() : []),
    ...(parts.switches.unmappedFallback ? fallbackSteps() : []),
  ];
}

/** zone->lock for the zone of the flip, or, once there is a block, of the block. */
export function lockZone(label: string): MicroStep {
  return {
    label,
    imitates: "spin_lock_irqsave",
    needs: "any",
    cost: "lock",
    touches: ["cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff", "cpu.spinning"],
    run: (k, f) => k.lockIrqSave(zoneLock(f.get(LOCAL_BLOCK) === 0 ? zoneAt(k, f) : zoneOfPage(k, blockOf(f)))),
  };
}

/** The same at the beginning of a flip, for callers that may make one; others are refused. */
export function lockIfAllowed(
  label: string,
  shootdown: Shootdown,
  refused: (k: Kernel, f: Frame) => Outcome = (_k, f) => f.return(0),
): MicroStep {
  return {
    ...lockZone(label),
    touches: [...lockZone(label).touches, ...MAY_FLIP_COLUMNS],
    run: (k, f) => {
      // Asked once: while it spins for the lock its interrupts are off.
      if (f.get(LOCAL_RESULT) === 0 && !mayFlip(k, f, shootdown.mechanism)) return refused(k, f);
      f.set(LOCAL_RESULT, 1);
      return k.lockIrqSave(zoneLock(zoneAt(k, f)));
    },
  };
}

function takeSteps({ shootdown, switches }: FlipParts): MicroStep[] {
  return [
    lockIfAllowed("take_lock", shootdown, (k, f) =>
      switches.unmappedFallback && !wantsSensitive(k, f) ? f.goto("fallback_lock") : f.return(0),
    ),
    {
      label: "take_block",
      imitates: "__rmqueue",
      needs: "any",
      cost: "list",
      touches: LOCKED_COLUMNS,
      run: (k, f) => {
        const zone = zoneAt(k, f);
        const pfn = rmqueue(k, zone, flipOrder(k, f), otherLabel(k, wantedType(k, f)));
        if (pfn < 0) {
          k.unlockIrqRestore(zoneLock(zone));
          return nextZone(k, f) ? f.goto("take_lock") : f.return(0);
        }
        f.set(LOCAL_BLOCK, pfn + 1);
        flipBegins(k, pfn, flipOrder(k, f));
        if (switches.relabelFirst && wantsSensitive(k, f)) {
          turnLabels(k, pfn, flipOrder(k, f));
          freeOnePage(k, pfn, flipOrder(k, f));
        }
        if (!switches.flipUnderLock) k.unlockIrqRestore(zoneLock(zone));
        return wantsSensitive(k, f) ? f.goto("clear_leaves") : NEXT;
      },
    },
  ];
}

function towardsNonsensitive({ physmap, shootdown, switches }: FlipParts): MicroStep[] {
  const zero: MicroStep = {
    label: "zero",
    imitates: "kernel_init_pages",
    needs: "any",
    cost: "zero",
    touches: ["hw.tag"],
    run: (k, f) => {
      zeroBlock(k, blockOf(f), flipOrder(k, f));
      return NEXT;
    },
  };
  const map = [
    silent("set_leaves", "set_direct_map_sensitive", (k, f) => callPhysmap(k, f, physmap.map)),
    silent("leaves_set", "set_direct_map_sensitive", (_k, f) => (f.get(LOCAL_RESULT) === 1 ? NEXT : f.goto("undone"))),
  ];
  const undo = [
    silent("undone", "__rmqueue_asi", (k, f) => (switches.undoWithoutFlush ? NEXT : callFlush(k, f, shootdown))),
    silent("undo_flushed", "__rmqueue_asi", (_k, f) => f.goto("give_back_lock")),
  ];
  return [
    ...(switches.skipZero || switches.mapBeforeZero ? [] : [zero]),
    ...map,
    ...(switches.mapBeforeZero ? [zero] : []),
    silent("mapped", "__rmqueue_asi", (_k, f) => f.goto(LABEL_STEP)),
    ...(physmap.fallible === true ? undo : []),
  ];
}

/** Falls through to the label, which both directions share, unless the switches ask for another order. */
function towardsSensitive({ physmap, shootdown, switches }: FlipParts): MicroStep[] {
  const clear = [
    silent("clear_leaves", "set_direct_map_sensitive", (k, f) => callPhysmap(k, f, physmap.unmap)),
    silent("leaves_cleared", "set_direct_map_sensitive", (_k, f) =>
      f.get(LOCAL_RESULT) === 1 ? NEXT : f.goto("give_back_lock"),
    ),
  ];
  const flush = silent("flush", "flush_tlb_kernel_range", (k, f) => callFlush(k, f, shootdown));
  const flushed = silent("flushed", "__rmqueue_asi", (_k, f) => f.goto("publish_lock"));
  if (switches.skipFlush) return [...clear, labelStep()];
  if (switches.relabelFirst) return [...clear, flush, flushed, labelStep()];
  if (switches.labelBeforeAcks) return [...clear, earlyLabelStep(), flush, flushed, labelStep()];
  if (switches.listBeforeFlush || switches.remainderBeforeFlush)
    return [...clear, lockZone("list_lock"), earlyListStep(switches), flush, flushed, labelStep()];
  return [...clear, flush, labelStep()];
}

export function labelStep(): MicroStep {
  return {
    label: LABEL_STEP,
    imitates: "set_pageblock_sensitive",
    needs: "any",
    cost: "none",
    touches: ["mm.blockType", "promise.flipper", "tso.column", "tso.row", "tso.value"],
    run: (k, f) => {
      turnLabels(k, blockOf(f), flipOrder(k, f));
      return NEXT;
    },
  };
}

/** A canary's: the label, with the flush still to come. */
function earlyLabelStep(): MicroStep {
  return { ...labelStep(), label: EARLY_STEP };
}

/** A canary's: the label, and the block or its rest on the lists, with the flush still to come. */
function earlyListStep({ listBeforeFlush }: FlipSwitches): MicroStep {
  return {
    label: EARLY_STEP,
    imitates: "__rmqueue_asi",
    needs: "any",
    cost: "list",
    touches: LOCKED_COLUMNS,
    run: (k, f) => {
      turnLabels(k, blockOf(f), flipOrder(k, f));
      if (listBeforeFlush) freeOnePage(k, blockOf(f), flipOrder(k, f));
      else listRemainder(k, f);
      k.unlockIrqRestore(zoneLock(zoneOfPage(k, blockOf(f))));
      return NEXT;
    },
  };
}

/** The rest of the block goes to the lists of the kind that the request has made it, and the flip is over. */
function publishSteps({ switches }: FlipParts): MicroStep[] {
  const publish: MicroStep = {
    label: "publish",
    imitates: "__rmqueue_asi",
    needs: "any",
    cost: "list",
    touches: LOCKED_COLUMNS,
    run: (k, f) => {
      const pfn = blockOf(f);
      const page = isListed(k, f, switches)
        ? rmqueue(k, zoneOfPage(k, pfn), f.get(LOCAL_ORDER), wantedType(k, f))
        : pfn;
      if (page === pfn && !isListed(k, f, switches) && !(switches.remainderBeforeFlush && wantsSensitive(k, f)))
        listRemainder(k, f);
      flipEnds(k, pfn, flipOrder(k, f));
      k.unlockIrqRestore(zoneLock(zoneOfPage(k, pfn)));
      return f.return(page + 1);
    },
  };
  const silentLock = silent("publish_lock", "__rmqueue_asi", () => NEXT);
  return [switches.flipUnderLock ? silentLock : lockZone("publish_lock"), publish];
}

/** The flip has failed: the block goes back as what it was, mapped as it was. */
function giveBackSteps(): MicroStep[] {
  return [
    lockZone("give_back_lock"),
    {
      label: "give_back",
      imitates: "__rmqueue_direct_map",
      needs: "any",
      cost: "list",
      touches: LOCKED_COLUMNS,
      run: (k, f) => {
        freeOnePage(k, blockOf(f), flipOrder(k, f));
        flipEnds(k, blockOf(f), flipOrder(k, f));
        k.unlockIrqRestore(zoneLock(zoneOfPage(k, blockOf(f))));
        return f.return(0);
      },
    },
  ];
}

/** A canary's: a sensitive page, unmapped as it is, for a nonsensitive request that may not flip. */
function fallbackSteps(): MicroStep[] {
  return [
    lockZone("fallback_lock"),
    {
      label: "fallback",
      imitates: "__rmqueue",
      needs: "any",
      cost: "list",
      touches: LOCKED_COLUMNS,
      run: (k, f) => {
        const page = rmqueue(k, zoneAt(k, f), f.get(LOCAL_ORDER), otherLabel(k, wantedType(k, f)));
        k.unlockIrqRestore(zoneLock(zoneAt(k, f)));
        return f.return(page + 1);
      },
    },
  ];
}

/** A canary has put the whole block on the lists already. */
function isListed(k: Kernel, f: Frame, { listBeforeFlush, relabelFirst }: FlipSwitches): boolean {
  return (listBeforeFlush || relabelFirst) && wantsSensitive(k, f);
}

/** The halves that the request leaves of the block. */
export function listRemainder(k: Kernel, f: Frame): void {
  for (let order = f.get(LOCAL_ORDER); order < flipOrder(k, f); order++)
    freeOnePage(k, blockOf(f) + (1 << order), order);
}

export function callPhysmap(k: Kernel, f: Frame, program: Program): Outcome {
  return k.call(program, 0, f.get(LOCAL_BLOCK), flipOrder(k, f));
}

export function callFlush(k: Kernel, f: Frame, { flush }: Shootdown): Outcome {
  return k.call(flush, 0, f.get(LOCAL_BLOCK), 1 << flipOrder(k, f));
}

/** A step of this frame alone: it runs with the one before it. */
export function silent(label: string, imitates: string, run: MicroStep["run"]): MicroStep {
  return { label, imitates, needs: "any", cost: "none", touches: [], run };
}
