import type { Bound, Column } from "./column.ts";
import { type hardwareColumns, MODE_PROTECTED } from "./hardware-columns.ts";
import type { DirtyPages } from "./moments.ts";
import type { State } from "./state.ts";
import { TRANSLATION, type Translations, translationColumns } from "./translations.ts";
import type { World } from "./world.ts";

const { absent, cached, stale, fenced, fencedPresent } = TRANSLATION;

/**
 * Everything a CPU *could* have cached or be walking. A superset of what fills, walks and evictions can produce, so a claim
 * that no entry exists is never answered too kindly; and it has no actions of its own, which divides the states by about 20.
 */
export class MayHoldTranslations implements Translations {
  private readonly entries: Column;
  private readonly pages: number;
  private readonly rows: number;

  constructor(
    state: State,
    private readonly world: World,
    private readonly hw: Bound<typeof hardwareColumns>,
    private readonly dirty: DirtyPages,
  ) {
    this.entries = state.of(translationColumns).entry;
    this.pages = world.pages;
    this.rows = world.cpus * world.contexts;
  }

  leafSet(pfn: number): void {
    for (let row = 0; row < this.rows; row++) {
      const cell = row * this.pages + pfn;
      const entry = this.entries.get(cell);
      if (entry === absent || entry === stale) this.entries.set(cell, cached);
      else if (entry === fenced) this.entries.set(cell, fencedPresent);
    }
  }

  leafCleared(pfn: number): void {
    for (let row = 0; row < this.rows; row++) {
      const cell = row * this.pages + pfn;
      const entry = this.entries.get(cell);
      if (entry === cached) this.entries.set(cell, stale);
      else if (entry === fencedPresent) this.entries.set(cell, fenced);
    }
  }

  invalidatePage(cpu: number, pfn: number): void {
    if (this.hw.mode.get(cpu) !== MODE_PROTECTED) return;
    for (let context = 0; context < this.world.contexts; context++) this.drop(cpu, context, pfn);
  }

  invalidateAll(cpu: number): void {
    for (let context = 0; context < this.world.contexts; context++) {
      for (let pfn = 0; pfn < this.pages; pfn++) this.drop(cpu, context, pfn);
    }
  }

  load(cpu: number): void {
    this.each(cpu, (entry) => (entry === fencedPresent ? cached : entry === fenced ? absent : entry));
  }

  unload(cpu: number): void {
    this.each(cpu, (entry) =>
      entry === cached ? fencedPresent : entry === absent || entry === stale ? fenced : entry,
    );
  }

  entry(cpu: number, context: number, pfn: number): number {
    return this.entries.get((cpu * this.world.contexts + context) * this.pages + pfn);
  }

  usable(cpu: number, context: number, pfn: number): boolean {
    const entry = this.entry(cpu, context, pfn);
    return entry === cached || entry === stale;
  }

  mayUse(cpu: number, context: number, pfn: number): boolean {
    return this.usable(cpu, context, pfn);
  }

  discharged(pfn: number): boolean {
    for (let row = 0; row < this.rows; row++) {
      const entry = this.entries.get(row * this.pages + pfn);
      if (entry !== absent && entry < fenced) return false;
    }
    return true;
  }

  canFill(): boolean {
    return false;
  }

  canEvict(): boolean {
    return false;
  }

  fill(): void {}

  evict(): void {}

  /** Only a stale entry changes: one whose leaf is present may be cached again at once. */
  private drop(cpu: number, context: number, pfn: number): void {
    const cell = (cpu * this.world.contexts + context) * this.pages + pfn;
    if (this.entries.get(cell) !== stale) return;
    this.entries.set(cell, absent);
    this.dirty.add(pfn);
  }

  private each(cpu: number, change: (entry: number) => number): void {
    for (let context = 0; context < this.world.contexts; context++) {
      for (let pfn = 0; pfn < this.pages; pfn++) {
        const cell = (cpu * this.world.contexts + context) * this.pages + pfn;
        const before = this.entries.get(cell);
        const after = change(before);
        if (after === before) continue;
        this.entries.set(cell, after);
        this.dirty.add(pfn);
      }
    }
  }
}
