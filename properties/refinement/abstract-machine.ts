import type { Design } from "../../model/design.ts";
import type { Kernel } from "../../model/kernel.ts";
import { asiColumns, LEAF_BLOCK } from "../../model/space-columns.ts";
import { UNRESTRICTED } from "../../model/spaces.ts";

/**
 * What can be seen of a CPU from its two variables, CR3 and curr_asi. Each is a set of states of the cpu chart: entering and
 * leaving look alike.
 */
export const CPU_LOOKS = ["unrestricted", "between", "restricted", "unannounced"] as const;

/** The same of a pageblock: its label, or that somebody flips it; and, times 4, how the restricted map covers it. */
export const BLOCK_LOOKS = ["sensitive", "nonsensitive", "flipping", "unlabelled"] as const;
export const REGION_LOOKS = ["leaf", "table", "neither", "fixed"] as const;

/** Index into `CPU_LOOKS`. */
export function abstractCpu(k: Kernel, cpu: number): number {
  if (k.hw.spaces === undefined) return 0;
  const announced = k.seenBy(cpu, k.of(asiColumns).currAsi, cpu) !== 0;
  const loaded = k.spaces.viewOf(cpu) !== UNRESTRICTED;
  if (!loaded) return announced ? 1 : 0;
  return announced ? 2 : 3;
}

/** Index into `BLOCK_LOOKS`, plus 4 times an index into `REGION_LOOKS`. */
export function abstractBlock(k: Kernel, block: number, design: Design): number {
  return label(k, block, design) + 4 * region(k, block);
}

function label(k: Kernel, block: number, design: Design): number {
  if (design.sensitiveBlock === undefined) return 3;
  if (k.promises.flipperOf(block) >= 0) return 2;
  return design.sensitiveBlock(k, block) ? 0 : 1;
}

function region(k: Kernel, block: number): number {
  if (k.world.spaces?.tables !== true) return 3;
  if (k.spaces.table(block) >= 0) return 1;
  const first = block << k.world.geometry.pageblockOrder;
  return k.spaces.restrictedLeaf(block) === LEAF_BLOCK && k.hw.isPresent(first) ? 0 : 2;
}
