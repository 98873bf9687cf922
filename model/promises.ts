import type { Bound } from "./column.ts";
import type { Hardware } from "./hardware.ts";
import { type DirtyPages, MOMENT, type Moments } from "./moments.ts";
import { promiseColumns } from "./space-columns.ts";
import type { State } from "./state.ts";
import type { World } from "./world.ts";

/**
 * Ghosts of two promises that claims hold software to: that a flush covered a page's latest clear (S5), and that nobody else
 * touches a block that is being flipped (S12). Where pageblocks carry no label they are not kept.
 *
 * A completed flush is credited only with clears that had been made when it began, and only while nothing was stored in
 * between: clear, IPI sent, remapped, filled, cleared again leaves the second clear due.
 */
export class Promises {
  private readonly c: Bound<typeof promiseColumns> | undefined;

  constructor(
    state: State,
    private readonly world: World,
    hw: Hardware,
    private readonly moments: Moments,
    private readonly dirty: DirtyPages,
  ) {
    this.c = world.labels ? state.of(promiseColumns) : undefined;
    if (this.c !== undefined) hw.onLeafStore((pfn, present) => this.leafStored(pfn, present));
  }

  /** A flush of the range starts (`pages` 0: of everything): it will cover what is clear now. */
  flushBegins(cpu: number, start: number, pages: number): void {
    if (this.c === undefined) return;
    const first = pages === 0 ? 0 : start;
    const end = pages === 0 ? this.world.pages : start + pages;
    for (let pfn = 0; pfn < this.world.pages; pfn++) {
      const covers = pfn >= first && pfn < end && this.c.due.get(pfn) === 1;
      this.c.covered.set(cpu * this.world.pages + pfn, covers ? 1 : 0);
    }
  }

  /** It has been completed on every CPU. */
  flushEnds(cpu: number): void {
    if (this.c === undefined) return;
    for (let pfn = 0; pfn < this.world.pages; pfn++) {
      const cell = cpu * this.world.pages + pfn;
      if (this.c.covered.get(cell) === 0) continue;
      this.c.covered.set(cell, 0);
      this.c.due.set(pfn, 0);
    }
  }

  /** The page's latest clear has been followed by no completed flush. */
  isDue(pfn: number): boolean {
    return this.c?.due.get(pfn) === 1;
  }

  /** The CPU begins to flip a block that it has taken off the lists. */
  flipBegins(cpu: number, block: number): void {
    if (this.c === undefined) return;
    if (this.c.flipper.get(block) !== 0) this.moments.push(MOMENT.flipConflict, block, cpu);
    this.c.flipper.set(block, cpu + 1);
    this.dirtyBlock(block);
  }

  flipEnds(cpu: number, block: number): void {
    if (this.c === undefined) return;
    if (this.c.flipper.get(block) !== cpu + 1) this.moments.push(MOMENT.flipConflict, block, cpu);
    this.c.flipper.set(block, 0);
    this.dirtyBlock(block);
  }

  /** What is said of a block that is flipped becomes true, or ceases to be, of all its pages. */
  private dirtyBlock(block: number): void {
    const pages = 1 << this.world.geometry.pageblockOrder;
    this.dirty.addRange(block * pages, Math.min(pages, this.world.pages - block * pages));
  }

  /** The CPU that is flipping the block, or -1. */
  flipperOf(block: number): number {
    return this.c === undefined ? -1 : this.c.flipper.get(block) - 1;
  }

  /** The label of a block was stored, by a step that says which it is now. */
  labelStored(cpu: number, block: number, sensitive: boolean): void {
    this.moments.push(MOMENT.labelStore, block, sensitive ? 1 : 0);
    const flipper = this.flipperOf(block);
    if (flipper >= 0 && flipper !== cpu) this.moments.push(MOMENT.flipConflict, block, cpu);
  }

  private leafStored(pfn: number, present: boolean): void {
    this.c?.due.set(pfn, present ? 0 : 1);
    for (let cpu = 0; cpu < this.world.cpus; cpu++) this.c?.covered.set(cpu * this.world.pages + pfn, 0);
  }
}
