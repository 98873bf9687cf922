import type { ColumnGroup } from "./column.ts";
import type { Design, Worker } from "./design.ts";
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
import { asiColumns, heldColumns, promiseColumns, spaceColumns, storeColumns } from "./space-columns.ts";
import { type AddressSpaces, tagsOf } from "./spaces.ts";
import { StepTable } from "./step-table.ts";
import { translationColumns } from "./translations.ts";
import {
  type LevelName,
  type ListKind,
  layoutLists,
  type StackLayout,
  type TranslationModel,
  type World,
} from "./world.ts";
import { checkZones, singleZone, type WholeAllocator } from "./zone.ts";

/** What a run is asked to be. Everything that the design does not decide. */
export interface WorldParameters {
  readonly geometry: Geometry;
  readonly cpus: number;
  readonly pages: number;
  readonly mms: number;
  /** The whole allocator instead of its fast path in one zone. */
  readonly whole?: WholeAllocator;
  readonly requests: readonly Request[];
  readonly translations: TranslationModel;
  /** PCIDs, roots, aliases, interrupts; absent where one protected context is always loaded. */
  readonly spaces?: AddressSpaces;
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
  /** Entry points beyond those three, by the kernel's name: alloc_contig_range, offline_pages, … */
  readonly calls: Readonly<Record<string, Program>>;
  /** The design's kernel threads, then the allocator's own (kswapd, kcompactd). */
  readonly workers: readonly Worker[];
  locks(cpus: number, zones: number): number;
  lists(parameters: WorldParameters): readonly ListKind[];
  /** Frees all of memory into an all-zero world: one row per maximal block. */
  boot(k: Kernel, free: readonly FreeBlock[]): void;
}

export interface FreeBlock {
  readonly pfn: number;
  readonly order: number;
}

/** A translation row per page, alias and PCID is looked at on every step. */
const MOST_SPACE_PAGES = 64;

/** Depth of the task and worker stacks: entry program, hook, flush, and one to spare. */
const TASK_DEPTH = 3;
/**
 * The same where a call may reclaim or compact. The deepest: cma_alloc, its range, migration, allocation, compaction of the
 * zonelist, of a zone, free, hook, flush.
 */
const TASK_DEPTH_WHOLE = 9;
/** Interrupts free and allocate too, without sleeping. */
const IRQ_DEPTH_WHOLE = 4;
const MIGRATETYPES = 6;

/**
 * Fixes a world for a piece of software.
 *
 * - **Errors**: `InputError` BAD-SCOPE for sizes outside 1..32 CPUs, or pages that are not whole blocks of the largest order.
 */
export function makeWorld(software: Software, p: WorldParameters): { world: World; layout: Layout; table: StepTable } {
  checkGeometry(p.geometry);
  if (p.cpus < 1 || p.cpus > 16) throw new InputError("BAD-SCOPE", `cpus=${p.cpus} is outside 1..16`);
  if (p.pages < 1 || p.pages > 2 ** 25) throw new InputError("BAD-SCOPE", `pages=${p.pages} is outside 1..${2 ** 25}`);
  if (p.spaces !== undefined && (p.pages > MOST_SPACE_PAGES || p.whole !== undefined)) {
    throw new InputError(
      "BAD-SCOPE",
      `address spaces are modelled for ${MOST_SPACE_PAGES} pages at most, without zones`,
    );
  }
  const { whole } = p;
  if (whole !== undefined) checkZones(whole.zones, p.pages);
  const zones = whole?.zones ?? [singleZone(p.pages)];
  const migratetypes = whole === undefined ? 1 : MIGRATETYPES;
  const table = new StepTable(programsFor(software, whole !== undefined), whole !== undefined);
  const world: World = {
    geometry: p.geometry,
    cpus: p.cpus,
    pages: p.pages,
    blocks: Math.ceil(p.pages / 2 ** p.geometry.pageblockOrder),
    contexts: contextsOf(software.design, p.spaces),
    protectedMap: software.design.protectedMap,
    labels: software.design.sensitiveBlock !== undefined,
    ...(p.spaces === undefined ? {} : { spaces: p.spaces }),
    mms: p.mms,
    migratetypes,
    freetypes: migratetypes << (software.design.freetypeBits ?? 0),
    zones,
    nodes: 1 + Math.max(...zones.map((zone) => zone.node)),
    ...(whole === undefined ? {} : { whole }),
    locks: software.locks(p.cpus, zones.length),
    lists: layoutLists(software.lists(p)),
    stacks: layoutStacks(table, p, whole !== undefined),
    requests: p.requests,
    translations: p.translations,
    modes: p.modes,
    irq: p.irq,
    preempt: p.preempt,
  };
  return { world, layout: layOut(world, [...TRUSTED_GROUPS, ...software.groups]), table };
}

/** Programs of which a world without the whole allocator runs no step are no part of it. */
function programsFor(software: Software, whole: boolean): readonly Program[] {
  if (whole) return software.programs;
  return software.programs.filter((program) => program.steps.some((step) => step.whole !== true));
}

/** Protected PCIDs of a CPU: the restricted views of each slot, or the unrestricted ones where the direct map is protected. */
function contextsOf(design: Design, spaces: AddressSpaces | undefined): number {
  if (design.protectedMap === "none") return 0;
  if (spaces === undefined) return 1;
  return design.protectedMap === "direct" ? spaces.slots : tagsOf(spaces) - spaces.slots;
}

const TRUSTED_GROUPS: readonly ColumnGroup[] = [
  hardwareColumns,
  translationColumns,
  spaceColumns,
  heldColumns,
  promiseColumns,
  asiColumns,
  storeColumns,
  listColumns,
  ledgerColumns,
  kernelColumns,
  ipiColumns,
  workloadColumns,
];

function layoutStacks(table: StepTable, { irq, spaces }: WorldParameters, whole: boolean): StackLayout {
  const task = whole || spaces !== undefined ? TASK_DEPTH_WHOLE : TASK_DEPTH;
  const interrupt = whole || spaces !== undefined ? IRQ_DEPTH_WHOLE : 2;
  const depths: { readonly name: LevelName; readonly depth: number }[] = [
    { name: "task", depth: task },
    { name: "worker", depth: task },
    { name: "softirq", depth: irq ? interrupt : 0 },
    { name: "hardirq", depth: irq || spaces !== undefined ? interrupt : 1 },
    ...((spaces?.nmis ?? 0) > 0 ? [{ name: "nmi" as const, depth: interrupt }] : []),
  ];
  let base = 0;
  const levels = depths.map((level) => {
    const placed = { ...level, base };
    base += level.depth;
    return placed;
  });
  return { levels, framesPerCpu: base, localsPerFrame: table.localsPerFrame, stepCount: table.stepCount };
}
