import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { type Cost, defineProgram, type Program } from "../../../model/program.ts";
import type { Physmap } from "../parts.ts";
import { clearBlockLeaf, storeBlockLeaf } from "./leaves.ts";
import { LEAF_COLUMNS, LOCAL_AT, LOCAL_ORDER, LOCAL_PAGE, physmapColumns, RANGE_LOCALS } from "./map-columns.ts";

/**
 * A restricted physmap with one leaf per pageblock: a flip of a block is one store.
 *
 * A range that is not made of whole blocks is refused; see sized-physmap.ts for maps that split.
 *
 * - **Context**: any; the caller owns the blocks, zeroes before `map` and flushes after `unmap`.
 * - **Shapes, units**: where leaves have no sizes (a world without tables) all 4K leaves of a block are stored in one step.
 * - **Cost**: one step per block; 4 KiB of table per 512 blocks.
 * - **Errors**: answers 0 for a part of a block; then nothing has changed.
 * - **Source**: the 2M leaves of the series of September 2025 (patches 4 and 5).
 */
export function mirrorBlock(): Physmap {
  return { leaf: "block", map, unmap, groups: [physmapColumns], programs: [map, unmap], calls: {} };
}

const map = blockByBlock("set_direct_map_sensitive_map", "map", storeBlockLeaf);
const unmap = blockByBlock("set_direct_map_sensitive_unmap", "unmap", clearBlockLeaf);

function blockByBlock(name: string, cost: Cost, store: (k: Kernel, block: number) => void): Program {
  return defineProgram({
    name,
    role: "inner",
    locals: RANGE_LOCALS,
    steps: [
      {
        label: "block_leaf",
        imitates: "set_direct_map_sensitive",
        needs: "any",
        cost,
        touches: LEAF_COLUMNS,
        run: (k, f) => {
          const order = k.world.geometry.pageblockOrder;
          if (f.get(LOCAL_ORDER) < order) return f.return(0);
          store(k, firstBlock(k, f) + f.get(LOCAL_AT));
          f.set(LOCAL_AT, f.get(LOCAL_AT) + 1);
          return f.get(LOCAL_AT) < 2 ** (f.get(LOCAL_ORDER) - order) ? f.goto("block_leaf") : f.return(1);
        },
      },
    ],
  });
}

function firstBlock(k: Kernel, f: Frame): number {
  return (f.get(LOCAL_PAGE) - 1) >>> k.world.geometry.pageblockOrder;
}
