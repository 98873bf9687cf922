import {
  type Bound,
  bindColumn,
  type Cells,
  type Column,
  type ColumnGroup,
  type Recorder,
  recordingColumn,
} from "./column.ts";
import { assert, InternalError } from "./failure.ts";
import type { Layout, Placement } from "./layout.ts";

/**
 * One state: a buffer and the columns bound to it. A fresh one is all zero, which is the boot state.
 *
 * - **Cost**: snapshot, restore and equality are one pass over the buffer.
 */
export class State {
  readonly layout: Layout;
  readonly words: Uint32Array;
  readonly columns: readonly Column[];
  private readonly byName = new Map<string, Column>();
  /** Bound groups by the group's index. */
  private readonly groups: (Record<string, Column> | undefined)[] = [];

  constructor(layout: Layout, recorder?: Recorder) {
    this.layout = layout;
    const buffer = new ArrayBuffer(Math.max(layout.bytes, 4));
    this.words = new Uint32Array(buffer);
    this.columns = layout.placements.map((placement) => {
      const cells = cellsOf(buffer, placement);
      const plain = bindColumn(placement.name, placement.spec, cells, placement.max);
      const column = recorder === undefined ? plain : recordingColumn(plain, recorder);
      this.byName.set(placement.name, column);
      const bound = this.groups[placement.group.index] ?? {};
      bound[placement.key] = column;
      this.groups[placement.group.index] = bound;
      return column;
    });
  }

  /** The columns of one group. A column that this world leaves out is absent from it. */
  of<G extends ColumnGroup>(group: G): Bound<G> {
    const bound = this.groups[group.index];
    if (bound === undefined) throw new InternalError(`the columns of group ${group.name} are part of this world`);
    return bound as Bound<G>;
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  column(name: string): Column {
    const column = this.byName.get(name);
    assert(column !== undefined, `column ${name} is part of this world`);
    return column;
  }

  /** Copies the state into `out`, at `offset` words. */
  save(out: Uint32Array, offset = 0): void {
    out.set(this.words, offset);
  }

  /** Overwrites the state from `source`, at `offset` words. */
  restore(source: Uint32Array, offset = 0): void {
    const words = this.words;
    for (let i = 0; i < words.length; i++) words[i] = source[offset + i] as number;
  }

  equals(other: State): boolean {
    return this.words.every((word, i) => word === other.words[i]);
  }
}

function cellsOf(buffer: ArrayBuffer, placement: Placement): Cells {
  if (placement.width === 1) return new Uint8Array(buffer, placement.offset, placement.rows);
  if (placement.width === 2) return new Uint16Array(buffer, placement.offset, placement.rows);
  return new Uint32Array(buffer, placement.offset, placement.rows);
}
