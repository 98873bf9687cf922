import { GFP } from "../../model/gfp.ts";
import { USE_ANON, USE_FILE, USE_KERNEL } from "../../model/ledger.ts";

/**
 * What a recorded request holds its page for, as its flags tell: only movable memory is on an LRU list.
 *
 * - `file`: about to be written to (`WRITE`), read ahead (`NORETRY`), or a file system that must not be re-entered (no `FS`).
 * - `anon`: the rest: anonymous memory, and shared memory, which is on the same lists.
 *
 * - **Leaves out**: movable memory that is on no list (zsmalloc); dirty page cache, since writeback leaves no event: it counts
 *   as clean.
 */
export function useOfRequest(gfp: number): number {
  if ((gfp & GFP.MOVABLE) === 0) return USE_KERNEL;
  if ((gfp & (GFP.WRITE | GFP.NORETRY)) !== 0 || (gfp & GFP.FS) === 0) return USE_FILE;
  return USE_ANON;
}
