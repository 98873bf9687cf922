import type { Machine } from "../../model/machine.ts";
import { type Dimension, rowsOf } from "../../model/sorts.ts";
import { cpuOfList, listsPerCpu } from "./cpu-lists.ts";

/** Rows of each of these belong to CPUs, in order, as many to each. */
const GROUPED: readonly Dimension[] = ["cpu", "queue", "level", "frame"];

/** The CPU that each row of each column belongs to, by the column's dimensions; -1 where CPUs share it. */
export class RowOwners {
  private readonly owners: ReadonlyMap<string, Int8Array>;

  constructor(machine: Machine) {
    const perCpu = listsPerCpu(machine);
    this.owners = new Map(
      machine.state.layout.placements.map(({ name, spec, rows }) => [name, ownersOf(machine, perCpu, spec.per, rows)]),
    );
  }

  of(column: string, row: number): number {
    return this.owners.get(column)?.[row] ?? -1;
  }

  /** The rows that are to other CPUs what an owned row is to its own, by CPU. */
  alike(column: string, row: number): number[] {
    const owners = this.owners.get(column) ?? new Int8Array();
    const rowsOfCpu: number[][] = [];
    owners.forEach((cpu, at) => {
      if (cpu < 0) return;
      const rows = rowsOfCpu[cpu] ?? [];
      rowsOfCpu[cpu] = rows;
      rows.push(at);
    });
    const place = rowsOfCpu[this.of(column, row)]?.indexOf(row) ?? -1;
    return rowsOfCpu.map((rows) => rows[place] as number);
  }
}

function ownersOf(
  machine: Machine,
  perCpu: readonly (number | undefined)[],
  per: readonly Dimension[],
  rows: number,
): Int8Array {
  const { world } = machine;
  const at = per.findIndex((dimension) => dimension === "list" || GROUPED.includes(dimension));
  const dimension = per[at];
  if (dimension === undefined) return new Int8Array(rows).fill(-1);
  const inner = per.slice(at + 1).reduce((product, each) => product * rowsOf(each, world), 1);
  const size = rowsOf(dimension, world);
  return Int8Array.from({ length: rows }, (_, row) => {
    const index = Math.floor(row / inner) % size;
    return dimension === "list" ? cpuOfList(world, perCpu, index) : Math.floor(index / (size / world.cpus));
  });
}
