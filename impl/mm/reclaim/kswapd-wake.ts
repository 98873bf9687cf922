import { GFP } from "../../../model/gfp.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { ALLOC_WMARK_MIN } from "../alloc-flags.ts";
import { acColumns, acRow, zoneColumns } from "../columns.ts";
import { COMPACT_CONTINUE } from "../compaction/columns.ts";
import { SUITABLE_COLUMNS, suitAllocationOrder } from "../compaction/suitable.ts";
import { highWmark, zoneWatermarkOkSafe } from "../watermark.ts";
import { nextZoneref, zonelistOf } from "../zonelist.ts";
import { PGDAT_COLUMNS, pgdatColumns } from "./columns.ts";
import { MAX_RECLAIM_RETRIES } from "./limits.ts";
import { zonesOfNode } from "./scan-count.ts";

/**
 * Waking the kernel threads that free and compact memory: racy reads and flags, part of one step of the caller.
 *
 * - **Shapes, units**: `highest` is a zone_idx(); `order` log2 of pages.
 * - **Source**: `wake_all_kswapds()` in mm/page_alloc.c; `wakeup_kswapd()`, `pgdat_balanced()` in mm/vmscan.c;
 *   `wakeup_kcompactd()` in mm/compaction.c.
 */
export const WAKE_COLUMNS = [...PGDAT_COLUMNS, ...SUITABLE_COLUMNS, "zone.managed"] as const;

/** Once per node of the request's zonelist. Nobody is woken where the threads do not run. */
export function wakeAllKswapds(k: Kernel, order: number): void {
  if (k.world.whole?.reclaim !== true) return;
  const ac = k.of(acColumns);
  const row = acRow(k);
  const gfp = ac.gfp.get(row);
  const highest = ac.highestZone.get(row);
  const zonelist = zonelistOf(k, ac.node.get(row), gfp);
  let last = -1;
  for (
    let at = nextZoneref(k, zonelist, 0, highest);
    at < zonelist.length;
    at = nextZoneref(k, zonelist, at + 1, highest)
  ) {
    const zone = zonelist[at] as number;
    const node = k.world.zones[zone]?.node ?? 0;
    if (k.of(zoneColumns).managed.get(zone) === 0 || node === last) continue;
    wakeupKswapd(k, node, gfp, order, highest);
    last = node;
  }
}

export function wakeupKswapd(k: Kernel, node: number, gfp: number, order: number, highest: number): void {
  const c = k.of(pgdatColumns);
  c.kswapdHighest.set(node, Math.max(c.kswapdHighest.get(node), highest + 1));
  c.kswapdOrder.set(node, Math.max(c.kswapdOrder.get(node), order));
  if (c.kswapdRunning.get(node) === 1 || c.kswapdWanted.get(node) === 1) return;
  const hopeless = c.kswapdFailures.get(node) >= MAX_RECLAIM_RETRIES;
  if (hopeless || (pgdatBalanced(k, node, order, highest) && !isBoosted(k, node, highest))) {
    if ((gfp & GFP.DIRECT_RECLAIM) === 0) wakeupKcompactd(k, node, order, highest);
    return;
  }
  k.tracepoints.wakeupKswapd?.(node, order);
  c.kswapdWanted.set(node, 1);
}

/** Some zone that the request may use is above its high watermark. */
export function pgdatBalanced(k: Kernel, node: number, order: number, highest: number): boolean {
  const zones = zonesOfNode(k, node, highest);
  return zones.length === 0 || zones.some((zone) => zoneWatermarkOkSafe(k, zone, order, highWmark(k, zone), highest));
}

export function wakeupKcompactd(k: Kernel, node: number, order: number, highest: number): void {
  if (order === 0) return;
  const c = k.of(pgdatColumns);
  c.kcompactdOrder.set(node, Math.max(c.kcompactdOrder.get(node), order));
  const was = c.kcompactdHighest.get(node);
  c.kcompactdHighest.set(node, was === 0 ? highest + 1 : Math.min(was, highest + 1));
  const wanted = c.kcompactdOrder.get(node);
  const upTo = c.kcompactdHighest.get(node) - 1;
  const suitable = zonesOfNode(k, node, upTo).some(
    (zone) => suitAllocationOrder(k, zone, wanted, upTo, ALLOC_WMARK_MIN) === COMPACT_CONTINUE,
  );
  if (suitable) c.kcompactdWanted.set(node, 1);
}

/** **Source**: `pgdat_watermark_boosted()`. */
function isBoosted(k: Kernel, node: number, highest: number): boolean {
  return zonesOfNode(k, node, highest).some((zone) => k.of(zoneColumns).boost.get(zone) > 0);
}
