import type { ColumnGroup } from "./column.ts";
import type { Design } from "./design.ts";
import { InputError } from "./failure.ts";
import { checkGeometry, type Geometry } from "./geometry.ts";
import { hardwareColumns } from "./hardware-columns.ts";
import type { Kernel } from "./kernel.ts";
import { ipiColumns, kernelColumns, workloadColumns } from "./kernel-columns.ts";
import { type Layout, layOut } from "./layout.ts";
import { ledgerColumns } from "./ledger.ts";
import { listColumns } from "./lists.ts";
import type { Program } from "./program.ts";
import type { Request } from "./request.ts";
import { StepTable } from "./step-table.ts";
import { translationColumns } from "./translations.ts";
import { type ListKind, layoutLists, type StackLayout, type TranslationModel, type World } from "./world.ts";

/** What a run is asked to be. Everything that the design does not decide. */
export interface WorldParameters {
  readonly geometry: Geometry;
  readonly cpus: number;
  readonly pages: number;
  readonly mms: number;
  readonly freetypes: number;
  readonly requests: readonly Request[];
  readonly translations: TranslationModel;
  readonly modes: boolean;
  readonly irq: boolean;
  readonly preempt: boolean;
}

/** The allocator under trial with a design plugged in: everything the machine must know to run it. */
export interface Software {
  readonly design: Design;
  readonly groups: readonly ColumnGroup[];
  readonly programs: readonly Program[];
  readonly alloc: Program;
  readonly free: Program;
  readonly drain: Program;
  locks(cpus: number): number;
  lists(parameters: WorldParameters): readonly ListKind[];
  /** Frees all of memory into an all-zero world: one row per maximal block. */
  boot(k: Kernel, free: readonly FreeBlock[]): void;
}

export interface FreeBlock {
  readonly pfn: number;
  readonly order: number;
}

/** Depth of the task and worker stacks: entry program, hook, flush, and one to spare. */
const TASK_DEPTH = 3;

/**
 * Fixes a world for a piece of software.
 *
 * - **Errors**: `InputError` BAD-SCOPE for sizes outside 1..32 CPUs, or pages that are not whole blocks of the largest order.
 */
export function makeWorld(software: Software, p: WorldParameters): { world: World; layout: Layout; table: StepTable } {
  checkGeometry(p.geometry);
  if (p.cpus < 1 || p.cpus > 16) throw new InputError("BAD-SCOPE", `cpus=${p.cpus} is outside 1..16`);
  if (p.pages < 1 || p.pages > 2 ** 25) throw new InputError("BAD-SCOPE", `pages=${p.pages} is outside 1..${2 ** 25}`);
  const table = new StepTable(software.programs);
  const world: World = {
    geometry: p.geometry,
    cpus: p.cpus,
    pages: p.pages,
    blocks: Math.ceil(p.pages / 2 ** p.geometry.pageblockOrder),
    contexts: software.design.protectedMap === "none" ? 0 : 1,
    mms: p.mms,
    freetypes: p.freetypes,
    locks: software.locks(p.cpus),
    lists: layoutLists(software.lists(p)),
    stacks: layoutStacks(table, p.irq),
    requests: p.requests,
    translations: p.translations,
    modes: p.modes,
    irq: p.irq,
    preempt: p.preempt,
  };
  return { world, layout: layOut(world, [...TRUSTED_GROUPS, ...software.groups]), table };
}

const TRUSTED_GROUPS: readonly ColumnGroup[] = [
  hardwareColumns,
  translationColumns,
  listColumns,
  ledgerColumns,
  kernelColumns,
  ipiColumns,
  workloadColumns,
];

function layoutStacks(table: StepTable, irq: boolean): StackLayout {
  const depths = [
    { name: "task", depth: TASK_DEPTH },
    { name: "worker", depth: TASK_DEPTH },
    { name: "softirq", depth: irq ? 2 : 0 },
    { name: "hardirq", depth: irq ? 2 : 1 },
  ] as const;
  let base = 0;
  const levels = depths.map((level) => {
    const placed = { ...level, base };
    base += level.depth;
    return placed;
  });
  return { levels, framesPerCpu: base, localsPerFrame: table.localsPerFrame, stepCount: table.stepCount };
}
