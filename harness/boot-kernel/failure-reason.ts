import { GFP } from "../../model/gfp.ts";
import type { World } from "../../model/world.ts";

/**
 * Why an allocation ended without a page:
 *
 * - `oom`: the OOM killer was asked. `design`: there was a page, and the design could not make it ready.
 * - `atomic`: the caller may not reclaim. `noretry`, `retry-mayfail`: it told the slow path when to give up. `costly-order`: the
 *   slow path gives up on such an order by itself. `thisnode`: the only node it may use is full.
 * - `no-memory`: nothing of these; reclaim is off, or nothing was left to reclaim.
 * - `stuck`: the call cannot end. The kernel is halted; `violations()` says why.
 */
export type AllocFailure =
  | "oom"
  | "design"
  | "atomic"
  | "noretry"
  | "retry-mayfail"
  | "costly-order"
  | "thisnode"
  | "no-memory"
  | "stuck";

/** What was seen of a call that failed. */
export interface FailedCall {
  readonly gfp: number;
  readonly order: number;
  readonly oomAsked: boolean;
  readonly stuck: boolean;
  /** Label of the call's last step. */
  readonly lastStep: string;
}

/**
 * What the slow path ended with, in the order in which it asks.
 *
 * - **Source**: `__alloc_pages_slowpath()` and `__alloc_pages_may_oom()` in mm/page_alloc.c.
 */
export function failureReason(world: World, call: FailedCall): AllocFailure {
  const gfp = call.gfp & (world.whole?.gfpAllowedMask ?? -1);
  if (call.stuck) return "stuck";
  if (call.lastStep === "hand_out") return "design";
  if (call.oomAsked) return "oom";
  if ((gfp & GFP.DIRECT_RECLAIM) === 0) return "atomic";
  if (world.whole?.reclaim !== true) return "no-memory";
  if ((gfp & GFP.NORETRY) !== 0) return "noretry";
  if ((gfp & GFP.RETRY_MAYFAIL) !== 0) return "retry-mayfail";
  if (call.order > world.geometry.costlyOrder) return "costly-order";
  return (gfp & GFP.THISNODE) !== 0 ? "thisnode" : "no-memory";
}
