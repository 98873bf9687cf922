import { assert } from "../failure.ts";
import { MAX_PAGES } from "./cached-record.ts";

/** The four levels of x86-64: 4 is the PML4, 1 the page table. Leaves stand at 1 (4K), 2 (2M) and 3 (1G). */
export const ROOT_LEVEL = 4;
export const LARGEST_LEAF_LEVEL = 3;

/**
 * Index arithmetic of a page-table tree. The real machine has 512 entries in a table; a litmus world has two, so that
 * every level still costs a load of its own and the tree fits into a few frames.
 *
 * - **Shapes, units**: addresses are page numbers, 0 .. entries^4 - 1; a span is in pages.
 */
export class TableGeometry {
  /** Pages in the address space. */
  readonly pages: number;

  constructor(readonly entries: number) {
    this.pages = entries ** ROOT_LEVEL;
    assert(Number.isInteger(Math.log2(entries)) && entries >= 2, "a table has a power of two of entries");
    assert(this.pages <= MAX_PAGES, "every page of the address space fits into a cached record");
  }

  /** Pages that one entry of this level covers. */
  span(level: number): number {
    return this.entries ** (level - 1);
  }

  index(level: number, page: number): number {
    return Math.floor(page / this.span(level)) % this.entries;
  }

  /** First page that the entry of this level for `page` covers. */
  firstPage(level: number, page: number): number {
    return page - (page % this.span(level));
  }

  /** First page below the table of this level that holds `page`. */
  firstBelow(level: number, page: number): number {
    return this.firstPage(level + 1, page);
  }

  /** A leaf of `level` at `first` translates `page`. */
  covers(level: number, first: number, page: number): boolean {
    return this.firstPage(level, page) === first;
  }

  overlaps(level: number, first: number, from: number, count: number): boolean {
    return first < from + count && from < first + this.span(level);
  }

  /** A walk for one of the pages passes through the table of `level` whose first page is `first`. */
  leadsTo(level: number, first: number, pages: { readonly first: number; readonly count: number }): boolean {
    return first < pages.first + pages.count && pages.first < first + this.span(level + 1);
  }
}
