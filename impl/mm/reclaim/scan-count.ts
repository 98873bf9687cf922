import type { Kernel } from "../../../model/kernel.ts";
import { acRow, zoneColumns } from "../columns.ts";
import { freePagesSeen } from "../free-accounting.ts";
import { highWmark } from "../watermark.ts";
import { zoneIndex } from "../zones.ts";
import { SC_DEACTIVATE_ANON, SC_DEACTIVATE_FILE, SC_FORCE_DEACTIVATE, SC_MAY_SWAP, scColumns } from "./columns.ts";
import {
  canReclaimAnon,
  LRU_ACTIVE_ANON,
  LRU_ACTIVE_FILE,
  LRU_INACTIVE_ANON,
  LRU_INACTIVE_FILE,
  lruSize,
  lruSizeUpTo,
} from "./lru.ts";

/** vm.swappiness, of 200. */
const SWAPPINESS = 60;

/** Pages per GiB, as log2. */
const GIB_ORDER = 18;

type Balance = "equal" | "anon" | "file" | "fraction";

/**
 * How many pages of each of a node's lists to scan at this priority, and which active lists may be aged.
 *
 * - **Shapes, units**: pages, into `sc.nr*`. Lock-free reads: the lists may change before they are scanned.
 * - **Leaves out**: refaults and the cost of swapping against that of re-reading, hence one fixed split by swappiness (60 to
 *   140) where the kernel's moves with them; the multi-generational LRU.
 * - **Source**: `prepare_scan_control()`, `get_scan_count()` in mm/vmscan.c.
 */
export function getScanCount(k: Kernel, node: number): void {
  const c = k.of(scColumns);
  const row = acRow(k);
  const may = mayDeactivate(k, node, c.flags.get(row));
  c.flags.set(row, (c.flags.get(row) & ~(SC_DEACTIVATE_ANON | SC_DEACTIVATE_FILE)) | may);
  const priority = c.priority.get(row);
  const balance = balanceOf(k, node, priority, c.flags.get(row));
  const share = (list: number, anon: boolean): number => {
    const scan = Math.floor(lruSizeUpTo(k, node, list, c.reclaimIdx.get(row)) / 2 ** priority);
    if (balance === "equal") return scan;
    if (balance === "fraction") return Math.floor((scan * (anon ? SWAPPINESS : 200 - SWAPPINESS)) / 200);
    return (balance === "anon") === anon ? scan : 0;
  };
  c.nrInactiveAnon.set(row, share(LRU_INACTIVE_ANON, true));
  c.nrActiveAnon.set(row, share(LRU_ACTIVE_ANON, true));
  c.nrInactiveFile.set(row, share(LRU_INACTIVE_FILE, false));
  c.nrActiveFile.set(row, share(LRU_ACTIVE_FILE, false));
}

/** An inactive list is too short to tell which of its pages are in use. **Source**: `inactive_is_low()`. */
export function inactiveIsLow(k: Kernel, node: number, inactiveList: number): boolean {
  const inactive = lruSize(k, node, inactiveList);
  const active = lruSize(k, node, inactiveList + 1);
  const gib = (inactive + active) >> GIB_ORDER;
  return inactive * (gib === 0 ? 1 : Math.floor(Math.sqrt(10 * gib))) < active;
}

function mayDeactivate(k: Kernel, node: number, flags: number): number {
  if ((flags & SC_FORCE_DEACTIVATE) !== 0) return SC_DEACTIVATE_ANON | SC_DEACTIVATE_FILE;
  const anon = inactiveIsLow(k, node, LRU_INACTIVE_ANON) ? SC_DEACTIVATE_ANON : 0;
  return anon | (inactiveIsLow(k, node, LRU_INACTIVE_FILE) ? SC_DEACTIVATE_FILE : 0);
}

function balanceOf(k: Kernel, node: number, priority: number, flags: number): Balance {
  if ((flags & SC_MAY_SWAP) === 0 || !canReclaimAnon(k)) return "file";
  if (priority === 0) return "equal";
  if (fileIsTiny(k, node, priority, flags)) return "anon";
  const plenty = lruSize(k, node, LRU_INACTIVE_FILE) >> priority > 0 && (flags & SC_DEACTIVATE_FILE) === 0;
  return plenty ? "file" : "fraction";
}

/** So little page cache that scanning it alone would only thrash it. */
function fileIsTiny(k: Kernel, node: number, priority: number, flags: number): boolean {
  let free = 0;
  let high = 0;
  for (const zone of zonesOfNode(k, node)) {
    free += freePagesSeen(k, zone);
    high += highWmark(k, zone);
  }
  const file = lruSize(k, node, LRU_INACTIVE_FILE) + lruSize(k, node, LRU_ACTIVE_FILE);
  if (file + free > high || (flags & SC_DEACTIVATE_ANON) !== 0) return false;
  return lruSize(k, node, LRU_INACTIVE_ANON) >> priority > 0;
}

/** The zones of a node that manage pages, no higher than an index, lowest first. */
export function zonesOfNode(k: Kernel, node: number, highest = 3): readonly number[] {
  const { managed } = k.of(zoneColumns);
  const found: number[] = [];
  for (let zone = 0; zone < k.world.zones.length; zone++) {
    if (k.world.zones[zone]?.node === node && zoneIndex(k, zone) <= highest && managed.get(zone) > 0) found.push(zone);
  }
  return found;
}
