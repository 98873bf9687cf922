import type { Bound, Column } from "./column.ts";
import { storeColumns } from "./space-columns.ts";
import type { State } from "./state.ts";
import type { World } from "./world.ts";

/** Stores to page tables, told apart from those to columns. */
export const TABLE_STORE = { setPresent: 255, clearPresent: 254, setBlockLeaf: 253, clearBlockLeaf: 252 } as const;

/** Performs a table store when it leaves the buffer; `row` is a page or a block. */
export type TableStore = (kind: number, row: number) => void;

/**
 * x86-TSO: each CPU's stores to the variables that protocols race on wait in a first-in, first-out buffer, seen by the CPU
 * itself and by nobody else. They reach memory one by one as actions of the hardware; a fence, a locked operation or a
 * serialising instruction empties the buffer first.
 *
 * Emptying it in one go loses nothing: any prefix may have drained on its own before.
 *
 * - **Shapes, units**: a column is its index among those registered, 1 to 251. A full buffer drains its oldest entry.
 * - **Source**: Intel SDM vol. 3 chapter 9.2 (memory ordering); Owens, Sarkar, Sewell, "x86-TSO" (2009).
 */
export class StoreBuffer {
  private readonly c: Bound<typeof storeColumns>;
  private readonly depth: number;
  private readonly columns: Column[] = [];
  private readonly numbers = new Map<string, number>();
  tableStore: TableStore = () => {};

  constructor(state: State, world: World) {
    this.c = state.of(storeColumns);
    this.depth = world.spaces?.stores ?? 0;
    for (const { name } of state.layout.placements) {
      if (this.columns.length >= TABLE_STORE.clearBlockLeaf - 1) break;
      this.columns.push(state.column(name));
      this.numbers.set(name, this.columns.length);
    }
  }

  /** Something of the CPU's waits to reach memory. */
  isWaiting(cpu: number): boolean {
    return this.c.column.get(cpu * this.depth) !== 0;
  }

  store(cpu: number, column: Column, row: number, value: number): void {
    const number = this.numbers.get(column.name);
    if (number === undefined) throw new Error(`column ${column.name} is among those a store buffer knows`);
    this.push(cpu, number, row, value);
  }

  storeTable(cpu: number, kind: number, row: number): void {
    this.push(cpu, kind, row, 0);
  }

  /** The CPU's own latest store to the cell, or what memory holds. */
  load(cpu: number, column: Column, row: number): number {
    const number = this.numbers.get(column.name) ?? 0;
    for (let i = this.depth - 1; i >= 0; i--) {
      const at = cpu * this.depth + i;
      if (this.c.column.get(at) === number && this.c.row.get(at) === row && number !== 0) return this.c.value.get(at);
    }
    return column.get(row);
  }

  /** Lets the oldest store reach memory. */
  drainOne(cpu: number): void {
    const base = cpu * this.depth;
    const number = this.c.column.get(base);
    const row = this.c.row.get(base);
    const value = this.c.value.get(base);
    for (let i = 0; i < this.depth; i++) {
      const last = i + 1 === this.depth;
      for (const part of [this.c.column, this.c.row, this.c.value])
        part.set(base + i, last ? 0 : part.get(base + i + 1));
    }
    if (number >= TABLE_STORE.clearBlockLeaf) this.tableStore(number, row);
    else this.columns[number - 1]?.set(row, value);
  }

  drain(cpu: number): void {
    while (this.isWaiting(cpu)) this.drainOne(cpu);
  }

  private push(cpu: number, number: number, row: number, value: number): void {
    const base = cpu * this.depth;
    if (this.c.column.get(base + this.depth - 1) !== 0) this.drainOne(cpu);
    let at = base;
    while (this.c.column.get(at) !== 0) at++;
    this.c.column.set(at, number);
    this.c.row.set(at, row);
    this.c.value.set(at, value);
  }
}
