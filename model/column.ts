import { InternalError } from "./failure.ts";
import type { Dimension, Sort } from "./sorts.ts";
import type { World } from "./world.ts";

/** Who may write a column. Hardware and ghost columns are written by the primitives of model/ only. */
export type Owner = "hardware" | "ghost" | "kernel" | "mm" | "design" | "workload";

/**
 * Declares one column of state; copy, compare, hash, digest, diff and print follow from the declaration.
 *
 * - **Shapes, units**: one cell per element of the product of `per` (row-major; none means one cell). `link` cells hold
 *   index + 1. `max` bounds a `count` column in a world; without it a count takes 32 bits.
 */
export interface ColumnSpec {
  readonly sort: Sort;
  readonly owner: Owner;
  readonly per: readonly Dimension[];
  readonly link?: boolean;
  readonly max?: (world: World) => number;
  /** Part of the observation digest that a stored counterexample is replayed against. */
  readonly observable?: boolean;
  /** Leaves the column out of a world that has no use for it. */
  readonly when?: (world: World) => boolean;
}

/** A named family of columns, declared by one module and bound to a state by `State.of(group)`. */
export interface ColumnGroup<K extends string = string> {
  readonly name: string;
  readonly specs: Readonly<Record<K, ColumnSpec>>;
  /** A number of its own, so that a state finds its bound columns by index. Says nothing about order or layout. */
  readonly index: number;
}

export function defineColumns<const S extends Record<string, ColumnSpec>>(
  name: string,
  specs: S,
): ColumnGroup<keyof S & string> {
  return { name, specs, index: groupsDefined++ };
}

let groupsDefined = 0;

/** A group bound to one state: `bound.present.get(pfn)`. */
export type Bound<G extends ColumnGroup> = G extends ColumnGroup<infer K> ? { readonly [P in K]: Column } : never;

/** What a validation run is told of every access; see `recordingColumn`. */
export interface Recorder {
  read(column: string, row: number): void;
  write(column: string, row: number): void;
}

/**
 * One column of one state. Every access is bounds-checked: a write past the end of a typed array vanishes silently, and in
 * an early experiment such a write let a broken design pass.
 *
 * - **Errors**: `InternalError` naming the column, the row and the value.
 */
export interface Column {
  readonly name: string;
  readonly spec: ColumnSpec;
  readonly rows: number;
  readonly max: number;
  get(row: number): number;
  set(row: number, value: number): void;
}

export type Cells = Uint8Array | Uint16Array | Uint32Array;

/** Three classes with one body, so that each call site sees one kind of typed array and stays monomorphic. */
export function bindColumn(name: string, spec: ColumnSpec, cells: Cells, max: number): Column {
  if (cells instanceof Uint8Array) return new Column8(name, spec, cells, max);
  if (cells instanceof Uint16Array) return new Column16(name, spec, cells, max);
  return new Column32(name, spec, cells, max);
}

/** A column that reports every access; slow, for validating `touches`. */
export function recordingColumn(inner: Column, recorder: Recorder): Column {
  return {
    name: inner.name,
    spec: inner.spec,
    rows: inner.rows,
    max: inner.max,
    get(row) {
      recorder.read(inner.name, row);
      return inner.get(row);
    },
    set(row, value) {
      recorder.write(inner.name, row);
      inner.set(row, value);
    },
  };
}

class Column8 implements Column {
  readonly rows: number;
  constructor(
    readonly name: string,
    readonly spec: ColumnSpec,
    readonly cells: Uint8Array,
    readonly max: number,
  ) {
    this.rows = cells.length;
  }
  get(row: number): number {
    if (row >>> 0 >= this.rows) outOfRange(this, row, undefined);
    return this.cells[row] as number;
  }
  set(row: number, value: number): void {
    if (row >>> 0 >= this.rows || value >>> 0 > this.max) outOfRange(this, row, value);
    this.cells[row] = value;
  }
}

class Column16 implements Column {
  readonly rows: number;
  constructor(
    readonly name: string,
    readonly spec: ColumnSpec,
    readonly cells: Uint16Array,
    readonly max: number,
  ) {
    this.rows = cells.length;
  }
  get(row: number): number {
    if (row >>> 0 >= this.rows) outOfRange(this, row, undefined);
    return this.cells[row] as number;
  }
  set(row: number, value: number): void {
    if (row >>> 0 >= this.rows || value >>> 0 > this.max) outOfRange(this, row, value);
    this.cells[row] = value;
  }
}

class Column32 implements Column {
  readonly rows: number;
  constructor(
    readonly name: string,
    readonly spec: ColumnSpec,
    readonly cells: Uint32Array,
    readonly max: number,
  ) {
    this.rows = cells.length;
  }
  get(row: number): number {
    if (row >>> 0 >= this.rows) outOfRange(this, row, undefined);
    return this.cells[row] as number;
  }
  set(row: number, value: number): void {
    if (row >>> 0 >= this.rows || value >>> 0 > this.max) outOfRange(this, row, value);
    this.cells[row] = value;
  }
}

function outOfRange(column: Column, row: number, value: number | undefined): never {
  const what = value === undefined ? "read" : `write of ${value}`;
  throw new InternalError(
    `${what} at row ${row} of column ${column.name} stays within ${column.rows} rows and values up to ${column.max}`,
  );
}
