import type { ClaimView, Witness } from "../model/claim.ts";
import type { Machine } from "../model/machine.ts";

/** What can be wrong with one pageblock; `undefined` when nothing is. */
export type BlockFault = (view: ClaimView, block: number) => Witness | undefined;

/** Claims on labels speak of worlds in which pageblocks have some. */
export function hasLabels({ world }: Machine): boolean {
  return world.labels;
}

/** A claim about every pageblock, in its full form. */
export function overAllBlocks(fault: BlockFault): (view: ClaimView) => Witness | undefined {
  return (view) => {
    for (let block = 0; block < view.machine.world.blocks; block++) {
      const witness = fault(view, block);
      if (witness !== undefined) return witness;
    }
    return undefined;
  };
}

/** The incremental form: the blocks of the pages that the step may have changed, mostly one. */
export function overDirtyBlocks(fault: BlockFault): (view: ClaimView) => Witness | undefined {
  return (view) => {
    const { dirty } = view.machine.k;
    let last = -1;
    for (let i = 0; i < dirty.count; i++) {
      const block = blockOf(view, dirty.pfns[i] as number);
      if (block === last) continue;
      last = block;
      const witness = fault(view, block);
      if (witness !== undefined) return witness;
    }
    return undefined;
  };
}

/** Some block that the step touched satisfies a condition. */
export function someDirtyBlock(view: ClaimView, holds: (block: number) => boolean): boolean {
  return overDirtyBlocks((_view, block) => (holds(block) ? { text: "" } : undefined))(view) !== undefined;
}

export function blockOf({ machine: { world } }: ClaimView, pfn: number): number {
  return pfn >>> world.geometry.pageblockOrder;
}

export function firstPageOf({ machine: { world } }: ClaimView, block: number): number {
  return block << world.geometry.pageblockOrder;
}

/** One behind the block's last page. */
export function endOfBlock({ machine: { world } }: ClaimView, block: number): number {
  return Math.min((block + 1) << world.geometry.pageblockOrder, world.pages);
}

/** What the label says: the block's memory is absent from the protected map. */
export function saysSensitive(view: ClaimView, block: number): boolean {
  return view.design.sensitiveBlock?.(view.machine.k, block) === true;
}

export function isFlipping(view: ClaimView, block: number): boolean {
  return view.machine.k.promises.flipperOf(block) >= 0;
}

/** The design's own bits of the pageblock's freetype. */
export function flagsOfBlock({ machine: { state, world } }: ClaimView, block: number): number {
  return Math.floor(state.column("mm.blockType").get(block) / world.migratetypes);
}
