import type { Kernel } from "../../../model/kernel.ts";
import { setTypeOfBlock, typeOfBlock } from "../../mm/buddy.ts";
import { mmColumns } from "../../mm/columns.ts";
import { flagsOfFreetype, freetypeOf, migratetypeOfFreetype } from "../../mm/freetype.ts";

/** PB_nonsensitive, the design's one flag: 0 is sensitive, so that memory begins unmapped and all-zero is the boot state. */
export const SENSITIVE = 0;
export const NONSENSITIVE = 1;

/** The same migratetype under the other label. */
export function otherLabel(k: Kernel, freetype: number): number {
  const flags = flagsOfFreetype(k, freetype) === SENSITIVE ? NONSENSITIVE : SENSITIVE;
  return freetypeOf(k, migratetypeOfFreetype(k, freetype), flags);
}

/** What the label of a pageblock says. */
export function isSensitiveBlock(k: Kernel, block: number): boolean {
  return flagsOfFreetype(k, k.of(mmColumns).blockType.get(block)) === SENSITIVE;
}

/** Turns the labels of the pageblocks of a range over. Stores stay in order on x86: what was stored before is seen before. */
export function turnLabels(k: Kernel, pfn: number, order: number): void {
  const { pageblockOrder } = k.world.geometry;
  k.fence();
  for (let at = pfn; at < pfn + (1 << order); at += 1 << pageblockOrder)
    setTypeOfBlock(k, at, otherLabel(k, typeOfBlock(k, at)));
}

/** Tells whoever watches flips that this CPU begins, or ends, one of each pageblock of a range: what is true of it may change. */
export function flipBegins(k: Kernel, pfn: number, order: number): void {
  for (const block of blocksOf(k, pfn, order)) k.promises.flipBegins(k.cpu, block);
  k.dirty.addRange(pfn, 1 << order);
}

export function flipEnds(k: Kernel, pfn: number, order: number): void {
  for (const block of blocksOf(k, pfn, order)) k.promises.flipEnds(k.cpu, block);
  k.dirty.addRange(pfn, 1 << order);
}

function blocksOf(k: Kernel, pfn: number, order: number): readonly number[] {
  const { pageblockOrder } = k.world.geometry;
  return Array.from({ length: 1 << (order - pageblockOrder) }, (_, i) => (pfn >>> pageblockOrder) + i);
}
