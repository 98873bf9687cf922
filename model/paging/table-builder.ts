import { assert } from "../failure.ts";
import { isPresent, leafEntry, type PageEntry, tableEntry } from "./page-entry.ts";
import type { PagingMachine } from "./paging-machine.ts";
import { ROOT_LEVEL } from "./table-geometry.ts";

/**
 * Lays page tables into a machine's memory, taking table frames from the front of memory as it needs them.
 *
 * For initial states only: it writes behind the store buffers' back. Two roots share a sub-tree after `share`.
 *
 * - **Errors**: `InternalError` if the machine has no frame left for a table.
 */
export class TableBuilder {
  private next: number;

  constructor(
    private readonly machine: PagingMachine,
    firstFrame = 0,
  ) {
    this.next = firstFrame;
  }

  /** Frames taken so far, those before the first included. */
  get taken(): number {
    return this.next;
  }

  /** A new table, empty. Answers its frame. */
  table(): number {
    assert(this.next < this.machine.config.frames, "memory has a frame for every table");
    return this.next++;
  }

  /** Maps `page` by a leaf of `level` at `frame`. Answers the address of the leaf. */
  map(root: number, page: number, frame: number, level = 1, bits: Partial<PageEntry> = {}): number {
    const address = this.entry(root, page, level);
    this.machine.write(address, leafEntry(frame, level, bits));
    return address;
  }

  /** The address of the entry of `level` for `page`; tables above it are built as needed. */
  entry(root: number, page: number, level: number): number {
    let table = root;
    for (let at = ROOT_LEVEL; at > level; at--) table = this.below(table, at, page);
    return this.machine.addressOf(table, this.machine.geometry.index(level, page));
  }

  /** Lets the entry of `level` for `page` under `root` lead where it leads under `from`. Answers the entry's address. */
  share(root: number, from: number, page: number, level: number): number {
    const address = this.entry(root, page, level);
    this.machine.write(address, this.machine.memory(this.entry(from, page, level)));
    return address;
  }

  private below(table: number, level: number, page: number): number {
    const address = this.machine.addressOf(table, this.machine.geometry.index(level, page));
    const word = this.machine.memory(address);
    if (isPresent(word)) return word.low >>> 12;
    const frame = this.table();
    this.machine.write(address, tableEntry(frame));
    return frame;
  }
}
