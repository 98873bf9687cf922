import type { Column } from "./column.ts";
import { printValue, rowsOf } from "./sorts.ts";
import type { State } from "./state.ts";

/** One changed cell, in words: `hw.present[pfn 3]: no -> yes`. */
export interface Change {
  readonly column: string;
  readonly row: number;
  readonly where: string;
  readonly before: string;
  readonly after: string;
}

/** Every cell in which two states of one layout differ, in column order. */
export function diffStates(before: State, after: State): Change[] {
  const changes: Change[] = [];
  after.columns.forEach((column, index) => {
    const old = before.columns[index] as Column;
    for (let row = 0; row < column.rows; row++) {
      if (old.get(row) !== column.get(row)) changes.push(describeChange(after, column, row, old.get(row)));
    }
  });
  return changes;
}

function describeChange(state: State, column: Column, row: number, old: number): Change {
  const { sort, link } = column.spec;
  return {
    column: column.name,
    row,
    where: printRow(state, column, row),
    before: printValue(sort, link ?? false, old),
    after: printValue(sort, link ?? false, column.get(row)),
  };
}

/** The index of a row in the words of its dimensions: `[cpu1][pfn 3]`. */
export function printRow(state: State, column: Column, row: number): string {
  const parts: string[] = [];
  let rest = row;
  for (const dimension of [...column.spec.per].reverse()) {
    const size = rowsOf(dimension, state.layout.world);
    parts.unshift(`[${dimension === "page" ? "pfn" : dimension} ${rest % size}]`);
    rest = Math.floor(rest / size);
  }
  return parts.join("");
}

/** The state as text, non-zero cells only, one line a column. */
export function printState(state: State): string {
  const lines: string[] = [];
  for (const column of state.columns) {
    const cells: string[] = [];
    for (let row = 0; row < column.rows; row++) {
      const value = column.get(row);
      if (value !== 0)
        cells.push(`${printRow(state, column, row)}=${printValue(column.spec.sort, column.spec.link ?? false, value)}`);
    }
    if (cells.length > 0) lines.push(`${column.name} ${cells.join(" ")}`);
  }
  return lines.join("\n");
}
