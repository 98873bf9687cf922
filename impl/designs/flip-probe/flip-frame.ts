import type { Frame } from "../../../model/frame.ts";
import { GFP, migratetypeOf } from "../../../model/gfp.ts";
import type { Kernel } from "../../../model/kernel.ts";
import type { LocalSpec } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import type { Shootdown } from "../../asi/parts.ts";
import { freetypeOf } from "../../mm/freetype.ts";
import { gfpZone, nextZoneref, zonelistOf } from "../../mm/zonelist.ts";
import { nodeOfCpu } from "../../mm/zones.ts";
import { NONSENSITIVE, SENSITIVE } from "./label.ts";

/** Locals of a flip: the answer, the block taken, what was asked for, and how far along the zonelist it has looked. */
export const LOCAL_RESULT = 0;
export const LOCAL_BLOCK = 1;
export const LOCAL_ORDER = 2;
export const LOCAL_REQUEST = 3;
export const LOCAL_ZONE = 4;

export const FLIP_LOCALS: readonly LocalSpec[] = [
  { name: "result", sort: "count" },
  { name: "block", sort: "pfn", link: true },
  { name: "order", sort: "order" },
  { name: "request", sort: "request" },
  { name: "zone", sort: "count" },
];

/** Columns by which a call sees whether it may flush. */
export const MAY_FLIP_COLUMNS = ["cpu.preemptOff", "cpu.irqsOff", "cpu.depth", "asi_core.target"] as const;

export function blockOf(f: Frame): number {
  return f.get(LOCAL_BLOCK) - 1;
}

/** Whole pageblocks flip. */
export function flipOrder(k: Kernel, f: Frame): number {
  return Math.max(f.get(LOCAL_ORDER), k.world.geometry.pageblockOrder);
}

export function wantsSensitive(k: Kernel, f: Frame): boolean {
  return (k.world.requests[f.get(LOCAL_REQUEST)]?.flags ?? 0) === SENSITIVE;
}

export function wantedType(k: Kernel, f: Frame): number {
  return freetypeOf(k, migratetypeOf(gfpOf(k, f)), wantsSensitive(k, f) ? SENSITIVE : NONSENSITIVE);
}

/**
 * The call may start a shootdown. One by IPI waits for other CPUs, so it is for callers that may sleep, in both directions
 * (ALLOC_NOBLOCK); a broadcast waits for nobody. Neither inside a critical section, which must end soon.
 */
export function mayFlip(k: Kernel, f: Frame, mechanism: Shootdown["mechanism"]): boolean {
  if (k.world.spaces !== undefined && k.of(asiColumns).target.get(k.cpu) !== 0) return false;
  // Interrupts have room on their stack for a flip only where there are address spaces.
  if (mechanism === "broadcast" && k.world.spaces !== undefined) return true;
  return (gfpOf(k, f) & GFP.DIRECT_RECLAIM) !== 0 && k.canSleep();
}

/** The zone that the flip is looking at: the n-th that the request may use. */
export function zoneAt(k: Kernel, f: Frame): number {
  return zonesFor(k, f)[f.get(LOCAL_ZONE)] ?? 0;
}

/** On to the next zone; false behind the last. */
export function nextZone(k: Kernel, f: Frame): boolean {
  f.set(LOCAL_ZONE, f.get(LOCAL_ZONE) + 1);
  return f.get(LOCAL_ZONE) < zonesFor(k, f).length;
}

function zonesFor(k: Kernel, f: Frame): readonly number[] {
  if (k.world.whole === undefined) return ONLY_ZONE;
  const zonelist = zonelistOf(k, nodeOfCpu(k, k.cpu), gfpOf(k, f));
  const highest = gfpZone(gfpOf(k, f));
  return zonelist.filter((_, at) => nextZoneref(k, zonelist, at, highest) === at);
}

const ONLY_ZONE = [0] as const;

function gfpOf(k: Kernel, f: Frame): number {
  return k.world.requests[f.get(LOCAL_REQUEST)]?.gfp ?? 0;
}
