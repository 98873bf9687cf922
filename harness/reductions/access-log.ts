import type { Recorder } from "../../model/column.ts";

/** Which rows a step reads and writes; for a machine that runs a step beside the one that is searched. */
export class AccessLog implements Recorder {
  readonly reads: { readonly column: string; readonly row: number }[] = [];
  readonly writes: { readonly column: string; readonly row: number }[] = [];
  private on = false;

  begin(): void {
    this.reads.length = 0;
    this.writes.length = 0;
    this.on = true;
  }

  end(): void {
    this.on = false;
  }

  read(column: string, row: number): void {
    if (this.on) this.reads.push({ column, row });
  }

  write(column: string, row: number): void {
    if (this.on) this.writes.push({ column, row });
  }
}
