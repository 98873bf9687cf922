import type { Recorder } from "../../model/column.ts";

/** One cell of the state: a column's name and a row. */
export interface Cell {
  readonly column: string;
  readonly row: number;
}

/** Notes which cells are read while it listens. Writes are told by what has changed. */
export class AccessLog implements Recorder {
  private readonly cells = new Map<string, Cell>();
  private listening = false;

  read(column: string, row: number): void {
    if (this.listening) this.cells.set(cellKey({ column, row }), { column, row });
  }

  write(): void {}

  /** The cells that `work` reads. */
  during(work: () => void): Cell[] {
    this.cells.clear();
    this.listening = true;
    work();
    this.listening = false;
    return [...this.cells.values()];
  }
}

export function cellKey({ column, row }: Cell): string {
  return `${column} ${row}`;
}
