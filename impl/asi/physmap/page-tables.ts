import { assert } from "../../../model/failure.ts";
import type { Kernel } from "../../../model/kernel.ts";
import type { Program } from "../../../model/program.ts";
import type { ListKind } from "../../../model/world.ts";

/** Frames that are page tables: in nobody's hands, and no request is served from them. */
export const PAGE_TABLE_LIST: ListKind = { name: "page-tables", count: 1, mustDrain: false, parked: true };

/**
 * A frame becomes a table: zeroed, as an all-zero table has no present leaf, and kept as kernel memory of its own.
 *
 * - **Source**: `get_zeroed_page()` and `pagetable_pte_ctor()` in the kernel's table allocators.
 */
export function becomesTable(k: Kernel, frame: number): void {
  k.hw.zero(frame);
  k.lists.addTail(k.listOf("page-tables", 0), frame, 0);
}

/** The frame is a table no longer; it is in the caller's hand. */
export function leavesTables(k: Kernel, frame: number): void {
  k.lists.remove(k.listOf("page-tables", 0), frame);
}

/**
 * The index of the request that tables are allocated with: sensitive, so that having one does not need another.
 *
 * - **Source**: `asi_map_gfp()` of ASI RFC v2: __GFP_SENSITIVE for table pages, hence recursion of depth 1.
 */
export function tableRequest(k: Kernel, secret: boolean): number {
  const index = k.world.requests.findIndex((request) => request.secret === secret);
  assert(index >= 0, "a world in which tables are allocated has requests of both kinds");
  return index;
}

/** The allocator's entry points as this kernel has them; tables are allocated and freed like everything else. */
export function allocatorOf(k: Kernel): { readonly alloc: Program; readonly free: Program } {
  const { programs } = k.table;
  const alloc = programs.find((program) => program.role === "alloc");
  const free = programs.find((program) => program.role === "free");
  assert(alloc !== undefined && free !== undefined, "an allocator allocates and frees");
  return { alloc, free };
}
