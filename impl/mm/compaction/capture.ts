import type { Kernel } from "../../../model/kernel.ts";
import { LEVEL_SOFTIRQ, LEVEL_TASK, LEVEL_WORKER } from "../../../model/kernel.ts";
import { isIsolate, MIGRATE_CMA, MIGRATE_MOVABLE, migratetypeOfFreetype } from "../freetype.ts";
import { ccColumns } from "./columns.ts";

/**
 * A direct compactor gets the block it has made before anybody else can: a free that merges to its order in its zone is handed
 * to the task that the CPU is running, interrupts included, instead of to the free lists.
 *
 * - **Context**: zone lock held. The block must not be on a list.
 * - **Shapes, units**: a block by its head; `type` its freetype. Answers whether it was captured.
 * - **Source**: `task_capc()`, `compaction_capture()` in mm/page_alloc.c.
 */
export function captureBlock(k: Kernel, zone: number, pfn: number, order: number, type: number): boolean {
  const row = capturingRow(k);
  if (row < 0) return false;
  const c = k.of(ccColumns);
  if (c.capture.get(row) !== zone + 1 || c.order.get(row) !== order + 1) return false;
  if (isIsolate(k, type)) return false;
  const migratetype = migratetypeOfFreetype(k, type);
  const wanted = migratetypeOfFreetype(k, c.freetype.get(row));
  if (migratetype === MIGRATE_CMA) return false;
  if (order < k.world.geometry.pageblockOrder && migratetype === MIGRATE_MOVABLE && wanted !== MIGRATE_MOVABLE)
    return false;
  const list = capturedList(k, row);
  if (k.lists.first(list) >= 0) return false;
  k.lists.addHead(list, pfn, order);
  return true;
}

/** The list on which the block caught for a CPU and level waits. */
export function capturedList(k: Kernel, row: number): number {
  return k.listOf("captured", row);
}

/** The CPU-and-level row of the task that the CPU is running, -1 if it runs a kernel thread or nothing. */
function capturingRow(k: Kernel): number {
  if (k.level === LEVEL_WORKER) return -1;
  if (k.level >= LEVEL_SOFTIRQ && k.running(k.cpu) !== LEVEL_TASK + 1) return -1;
  return k.cpu * k.world.stacks.levels.length + LEVEL_TASK;
}

/** Columns that the test for a capture reads. */
export const CAPTURE_COLUMNS = ["cc.capture", "cc.order", "cc.freetype", "cpu.running"] as const;
