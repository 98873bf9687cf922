import type { RecordedStep } from "../model/counterexample.ts";
import type { Machine } from "../model/machine.ts";
import { printValue } from "../model/sorts.ts";

/** The state that a run is in, cell by cell and in the words in which changes are recorded. */
export class RunCells {
  private readonly changed = new Map<string, string>();

  /** `start`: the machine before the run; without it a cell is known once it has changed. */
  constructor(private readonly start: Machine | undefined) {}

  /** Goes one step on. */
  apply(step: RecordedStep): void {
    for (const { column, row, after } of step.changes) this.changed.set(`${column} ${row}`, after);
  }

  /** What the cell holds, as it is printed; undefined where this world has no such cell. */
  get(column: string, row: number): string | undefined {
    return this.changed.get(`${column} ${row}`) ?? this.atStart(column, row);
  }

  /** The same of a column of counts. */
  count(column: string, row: number): number {
    return Number(this.get(column, row) ?? 0);
  }

  private atStart(column: string, row: number): string | undefined {
    const state = this.start?.state;
    if (state === undefined || !state.has(column)) return undefined;
    const found = state.column(column);
    if (!(row < found.rows)) return undefined;
    return printValue(found.spec.sort, found.spec.link ?? false, found.get(row));
  }
}
