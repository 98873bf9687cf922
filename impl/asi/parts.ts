import type { ColumnGroup } from "../../model/column.ts";
import type { AsiCore } from "../../model/design.ts";
import type { Program } from "../../model/program.ts";

/** What every component of ASI brings along: columns, programs, and calls that a scenario may make. */
export interface Part {
  readonly groups: readonly ColumnGroup[];
  readonly programs: readonly Program[];
  readonly calls: Readonly<Record<string, Program>>;
}

/**
 * How a design makes every CPU forget a range of the protected map, and waits for it.
 *
 * - **flush**: local 1 is the first page's link, local 2 the number of pages; returns when every CPU has invalidated, or is
 *   bound to before it uses the range.
 */
export interface Shootdown extends Part {
  readonly mechanism: "ipi" | "broadcast";
  readonly flush: Program;
}

/**
 * How a design keeps its restricted physmap.
 *
 * - **map**: sets the leaves of a block; local 1 is the first page's link, local 2 the order. Answers 1, or 0 when a table
 *   could not be had (then nothing of the block is mapped). Zeroing is the caller's duty.
 * - **unmap**: clears them and flushes nothing; answers 1, or 0 when a leaf could not be split (then nothing has changed).
 */
export interface Physmap extends Part {
  readonly leaf: "4k" | "block";
  /** `map` or `unmap` can answer 0. */
  readonly fallible?: boolean;
  readonly map: Program;
  readonly unmap: Program;
}

/** One ASI core from the CPU's side and the parts that a design plugs into it. */
export function withParts(core: AsiCore, parts: readonly Part[]): AsiCore {
  return {
    ...core,
    groups: [...new Set([...core.groups, ...parts.flatMap((part) => part.groups)])],
    programs: [...new Set([...core.programs, ...parts.flatMap((part) => part.programs)])],
    calls: Object.assign({}, core.calls, ...parts.map((part) => part.calls)),
  };
}
