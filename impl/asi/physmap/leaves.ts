import type { Kernel } from "../../../model/kernel.ts";
import { LEAF_BLOCK } from "../../../model/space-columns.ts";

/** The pageblock of a page. */
export function blockOf(k: Kernel, pfn: number): number {
  return pfn >>> k.world.geometry.pageblockOrder;
}

export function pagesOfBlock(k: Kernel, block: number): readonly number[] {
  const pages = 2 ** k.world.geometry.pageblockOrder;
  return Array.from({ length: pages }, (_, i) => block * pages + i);
}

/** The direct map shows the page; the restricted map may show nothing that it does not (S14). */
export function mayShow(k: Kernel, pfn: number): boolean {
  return k.world.spaces === undefined || k.spaces.isDirectPresent(pfn);
}

/** The page is mapped, by a leaf as large as its pageblock. */
export function underBlockLeaf(k: Kernel, pfn: number): boolean {
  if (k.world.spaces?.tables !== true || !k.hw.isPresent(pfn)) return false;
  return k.spaces.restrictedLeaf(blockOf(k, pfn)) === LEAF_BLOCK;
}

/** One leaf for a whole block, or, where leaves have no sizes, all of its leaves at once. */
export function storeBlockLeaf(k: Kernel, block: number): void {
  if (k.world.spaces?.tables === true) k.hw.setBlockLeaf(block);
  else for (const pfn of pagesOfBlock(k, block)) k.hw.setPresent(pfn);
}

export function clearBlockLeaf(k: Kernel, block: number): void {
  if (k.world.spaces?.tables === true) k.hw.clearBlockLeaf(block);
  else for (const pfn of pagesOfBlock(k, block)) k.hw.clearPresent(pfn);
}
