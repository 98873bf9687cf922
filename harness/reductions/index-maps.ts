import type { Machine } from "../../model/machine.ts";
import { type Dimension, largest, rowsOf, type Sort } from "../../model/sorts.ts";
import { rowsOfSpaces } from "../../model/spaces.ts";
import type { World } from "../../model/world.ts";
import { cpuOfList, kindOfList, listsPerCpu } from "./cpu-lists.ts";
import type { CpuPermutation } from "./cpu-permutation.ts";

/** Why a world cannot be renamed, as half a sentence. */
export interface Refusal {
  readonly refused: string;
}

/**
 * What a renaming of CPUs does to every kind of index: where each row of a dimension goes, and what each value of a sort
 * becomes. Derived from the dimensions and sorts that columns declare; nothing here names a column.
 */
export class IndexMaps {
  private readonly lists: readonly number[];
  private readonly locks: readonly number[];
  private readonly world: World;

  private constructor(
    machine: Machine,
    private readonly to: CpuPermutation,
    lists: readonly number[],
    locks: readonly number[],
  ) {
    this.world = machine.world;
    this.lists = lists;
    this.locks = locks;
  }

  static of(machine: Machine, to: CpuPermutation): IndexMaps | Refusal {
    if (to.blocks !== undefined && machine.world.spaces !== undefined)
      return { refused: "address spaces number what can be cached by page" };
    const lists = movedLists(machine, to);
    if (!Array.isArray(lists)) return lists;
    const locks = movedLocks(machine, lists);
    return Array.isArray(locks) ? new IndexMaps(machine, to, lists, locks) : locks;
  }

  /** New row of each row of a dimension, or undefined when none moves. */
  rows(dimension: Dimension): readonly number[] | undefined {
    const { world, to } = this;
    switch (dimension) {
      case "cpu":
      case "peer":
      case "queue":
        return to.cpus;
      case "level":
        return groupsMoved(to.cpus, world.stacks.levels.length);
      case "frame":
        return groupsMoved(to.cpus, world.stacks.framesPerCpu);
      case "list":
        return this.lists;
      case "lock":
        return this.locks;
      case "mm":
        return [...to.mms, world.mms];
      case "translation":
        return this.translations();
      case "page":
        return to.blocks && movedInBlocks(to.blocks, world.geometry.maxOrder);
      case "block":
        return to.blocks && movedInBlocks(to.blocks, this.blockBits());
      default:
        return undefined;
    }
  }

  /**
   * New value of each value that a cell of the sort holds, or undefined when values of the sort stay as they are.
   *
   * - **Shapes, units**: `max` is the largest value that the cell holds; link cells hold index + 1.
   */
  values(sort: Sort, link: boolean, max: number): readonly number[] | undefined | Refusal {
    const { to } = this;
    switch (sort) {
      case "cpu":
        return table(max, link, (cpu) => to.cpus[cpu] ?? cpu);
      case "cpuSet":
        return table(max, link, (set) => setMoved(to.cpus, set));
      case "mm":
        return table(max, link, (mm) => to.mms[mm] ?? mm);
      case "tag":
        return table(max, link, (tag) => (tag < 2 ? tag : 2 + (to.mms[tag - 2] ?? tag - 2)));
      case "list":
        return table(max, link, (list) => this.lists[list] ?? list);
      case "pfn":
        return to.blocks && table(max, link, (pfn) => this.rows("page")?.[pfn] ?? pfn);
      case "block":
        return to.blocks && table(max, link, (block) => this.rows("block")?.[block] ?? block);
      case "task":
        return { refused: "tasks have no place on a CPU that a renaming could go by" };
      default:
        return undefined;
    }
  }

  /** The largest value of a local of this sort, where values of the sort may change. */
  largestLocal(sort: Sort, link: boolean): number {
    return VALUED.includes(sort) ? largest(sort, link, this.world) : 0;
  }

  /** log2 of the pageblocks in a block of the largest order. */
  private blockBits(): number {
    const { maxOrder, pageblockOrder } = this.world.geometry;
    return maxOrder - pageblockOrder;
  }

  /** Only rows of user mappings name an mm. */
  private translations(): readonly number[] | undefined {
    const { spaces, pages, blocks, mms } = this.world;
    if (spaces === undefined || !spaces.user) return undefined;
    const { users, total } = rowsOfSpaces(spaces, pages, blocks, mms);
    return Array.from({ length: total }, (_, row) => {
      if (row < users) return row;
      const mm = Math.floor((row - users) / pages);
      return users + (this.to.mms[mm] ?? mm) * pages + ((row - users) % pages);
    });
  }
}

const VALUED: readonly Sort[] = ["cpuSet", "cpu", "mm", "tag", "list", "pfn", "block"];

/** New row of each row of a column, whose rows are the product of its dimensions; undefined when none moves. */
export function rowsMoved(maps: IndexMaps, per: readonly Dimension[], world: World): number[] | undefined {
  if (per.every((dimension) => maps.rows(dimension) === undefined)) return undefined;
  let moved = [0];
  for (const dimension of per) {
    const size = rowsOf(dimension, world);
    const to = maps.rows(dimension);
    moved = moved.flatMap((base) => Array.from({ length: size }, (_, row) => base * size + (to?.[row] ?? row)));
  }
  return moved;
}

function movedLists(machine: Machine, to: CpuPermutation): number[] | Refusal {
  const { world } = machine;
  const perCpu = listsPerCpu(machine);
  const unknown = perCpu.indexOf(undefined);
  if (unknown >= 0)
    return { refused: `${world.lists.kinds[unknown]?.name} lists are neither shared nor as many for each CPU` };
  return Array.from({ length: world.lists.total }, (_, list) => {
    const cpu = cpuOfList(world, perCpu, list);
    if (cpu < 0) return list;
    return list + ((to.cpus[cpu] as number) - cpu) * (perCpu[kindOfList(world, list)] as number);
  });
}

/** A lock goes where the lists go that it guards. */
function movedLocks({ world }: Machine, lists: readonly number[]): number[] | Refusal {
  const lockOf = locksOfLists(world);
  const moved = Array.from({ length: world.locks }, (_, lock) => lock);
  const known = new Map<number, number>();
  for (let list = 0; list < lists.length; list++) {
    const from = lockOf[list] as number;
    const to = lockOf[lists[list] as number] as number;
    if (from < 0) continue;
    if ((known.get(from) ?? to) !== to) return { refused: `lock ${from} guards lists of CPUs that part` };
    known.set(from, to);
  }
  for (const [from, to] of known) moved[from] = to;
  return moved;
}

function locksOfLists({ lists }: World): number[] {
  return lists.kinds.flatMap((kind) => Array.from({ length: kind.count }, (_, index) => kind.lock?.(index) ?? -1));
}

function movedInBlocks(blocks: readonly number[], bits: number): number[] {
  return groupsMoved(blocks, 1 << bits);
}

function groupsMoved(to: readonly number[], size: number): number[] {
  return to.flatMap((cpu) => Array.from({ length: size }, (_, at) => cpu * size + at));
}

function setMoved(to: readonly number[], set: number): number {
  return to.reduce((moved, cpu, from) => moved | (((set >>> from) & 1) << cpu), 0);
}

function table(max: number, link: boolean, moved: (index: number) => number): number[] {
  return Array.from({ length: max + 1 }, (_, value) => {
    if (!link) return moved(value);
    return value === 0 ? 0 : moved(value - 1) + 1;
  });
}
