import { rowsOfSpaces, tagsOf } from "./spaces.ts";
import type { World } from "./world.ts";
import { ZONE_NAMES } from "./zone.ts";

/**
 * What a number in a column stands for. Printing, diffing, shrinking and canonicalisation derive from it.
 *
 * The index sorts (`cpu`, `pfn`, `block`, …) name a row of something; `count`, `bool` and `flags` do not. A column declared
 * `link` holds index + 1, so that zero means "none" and an all-zero buffer is the boot state.
 */
export type Sort =
  | "cpu"
  | "cpuSet"
  | "task"
  | "pfn"
  | "block"
  | "order"
  | "freetype"
  | "mm"
  | "slot"
  | "context"
  | "tag"
  | "bool"
  | "count"
  | "list"
  | "request"
  | "program"
  | "zone"
  | "node";

/** A dimension of a column: how many rows it has in a world, and the sort that its index prints as. */
export type Dimension =
  | "page"
  | "cpu"
  | "peer"
  | "context"
  | "block"
  | "list"
  | "place"
  | "lock"
  | "frame"
  | "local"
  | "level"
  | "queue"
  | "zone"
  | "zoneTarget"
  | "node"
  | "shelf"
  | "mm"
  | "slot"
  | "pcid"
  | "pcidOrGlobal"
  | "translation"
  | "vmap"
  | "store";

type SpaceDimension = "slot" | "pcid" | "pcidOrGlobal" | "translation" | "vmap" | "store";

/** LRU lists of a node: inactive and active, of anonymous and of file pages, and the unevictable ones. */
export const LRU_LISTS = 5;

/** Rows of a dimension in this world. Units: rows. */
export function rowsOf(dimension: Dimension, world: World): number {
  switch (dimension) {
    case "page":
      return world.pages;
    case "cpu":
    case "peer":
      return world.cpus;
    case "context":
      return world.contexts;
    case "block":
      return world.blocks;
    case "list":
      return world.lists.total;
    case "place":
      return world.lists.kinds.length + 2;
    case "lock":
      return world.locks;
    case "frame":
      return world.stacks.framesPerCpu * world.cpus;
    case "local":
      return world.stacks.localsPerFrame;
    case "level":
      return world.stacks.levels.length * world.cpus;
    case "queue":
      return world.cpus;
    case "zone":
      return world.zones.length;
    case "zoneTarget":
      return ZONE_NAMES.length;
    case "node":
      return world.nodes;
    case "shelf":
      return world.nodes * LRU_LISTS;
    case "mm":
      return world.mms + 1;
    default:
      return rowsInSpaces(dimension, world);
  }
}

/** Dimensions that only a world with address spaces has. */
function rowsInSpaces(dimension: SpaceDimension, world: World): number {
  const { spaces } = world;
  if (spaces === undefined) return 0;
  switch (dimension) {
    case "slot":
      return spaces.slots;
    case "pcid":
      return tagsOf(spaces);
    case "pcidOrGlobal":
      return tagsOf(spaces) + 1;
    case "translation":
      return rowsOfSpaces(spaces, world.pages, world.blocks, world.mms).total;
    case "vmap":
      return spaces.vmaps;
    case "store":
      return spaces.stores;
  }
}

/** The largest value a cell of this sort must hold in this world; it decides the column's width. */
export function largest(sort: Sort, link: boolean, world: World): number {
  const index = (rows: number): number => (link ? rows : Math.max(rows - 1, 1));
  switch (sort) {
    case "cpu":
      return index(world.cpus);
    case "slot":
      return index(world.spaces?.slots ?? 1);
    case "task":
      return index(world.cpus * 2);
    case "cpuSet":
      return 2 ** world.cpus - 1;
    case "pfn":
      return index(world.pages);
    case "block":
      return index(world.blocks);
    case "order":
      return world.geometry.maxOrder + 1;
    case "freetype":
      return index(world.freetypes);
    case "mm":
      return index(world.spaces === undefined ? world.mms : world.mms + 1);
    case "context":
      return index(world.contexts);
    case "tag":
      return world.mms + 2;
    case "bool":
      return 1;
    case "count":
      return 2 ** 32 - 1;
    case "list":
      return index(world.lists.total);
    case "request":
      return index(world.requests.length);
    case "program":
      return world.stacks.stepCount + 1;
    case "zone":
      return index(world.zones.length);
    case "node":
      return index(world.nodes);
  }
}

/** Prints a value as a kernel developer would write it: `pfn 3`, `cpu1`, `{cpu0,cpu2}`, `secret(mm1)`, `-` for none. */
export function printValue(sort: Sort, link: boolean, value: number): string {
  if (link && value === 0) return "-";
  const index = link ? value - 1 : value;
  switch (sort) {
    case "cpu":
      return `cpu${index}`;
    case "cpuSet":
      return printCpuSet(value);
    case "pfn":
      return `pfn ${index}`;
    case "mm":
      return `mm${index}`;
    case "tag":
      return printTag(value);
    case "bool":
      return value === 0 ? "no" : "yes";
    default:
      return String(index);
  }
}

/** A content tag: 0 clean, 1 public, 2 + mm secret(mm). */
export function printTag(tag: number): string {
  if (tag === 0) return "clean";
  if (tag === 1) return "public";
  return `secret(mm${tag - 2})`;
}

function printCpuSet(set: number): string {
  const members: string[] = [];
  for (let cpu = 0; cpu < 32; cpu++) if ((set >>> cpu) & 1) members.push(`cpu${cpu}`);
  return `{${members.join(",")}}`;
}
