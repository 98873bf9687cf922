import type { Bound } from "./column.ts";
import { type hardwareColumns, MODE_PROTECTED, TAG_SECRET } from "./hardware-columns.ts";
import type { DirtyPages } from "./moments.ts";
import type { State } from "./state.ts";
import { TRANSLATION, type Translations, translationColumns } from "./translations.ts";
import type { World } from "./world.ts";

/**
 * The may-hold abstraction for zones of millions of pages: instead of an entry per CPU and page, the moment of each page's
 * latest clear and of each CPU's latest invalidations. An entry is stale when the clear is younger than both.
 *
 * - **Cost**: a full flush is O(1); a question about one page is O(CPUs); entering the protected context is O(pages).
 * - **Errors**: more than 2^32 - 1 clears in one run overflow the epoch and are refused by the column.
 */
export class EpochTranslations implements Translations {
  private readonly c: Bound<typeof translationColumns>;

  constructor(
    state: State,
    private readonly world: World,
    private readonly hw: Bound<typeof hardwareColumns>,
    private readonly dirty: DirtyPages,
  ) {
    this.c = state.of(translationColumns);
  }

  leafSet(): void {}

  leafCleared(pfn: number): void {
    const now = this.c.epoch.get(0) + 1;
    this.c.epoch.set(0, now);
    this.c.clearedAt.set(pfn, now);
  }

  invalidatePage(cpu: number, pfn: number): void {
    if (!this.loaded(cpu)) return;
    this.c.pageFlushedAt.set(this.cell(cpu, pfn), this.c.epoch.get(0));
    this.dirty.add(pfn);
  }

  invalidateAll(cpu: number): void {
    this.c.flushedAt.set(cpu, this.c.epoch.get(0));
  }

  /**
   * A mapped secret becomes readable by this, without anybody touching its page, so those pages are marked. For the others
   * nothing that a claim asks changes: what is absent was fenced and is flushed now.
   */
  load(cpu: number): void {
    this.invalidateAll(cpu);
    for (let pfn = 0; pfn < this.world.pages; pfn++) {
      if (this.hw.present.get(pfn) === 1 && this.hw.tag.get(pfn) >= TAG_SECRET) this.dirty.add(pfn);
    }
  }

  unload(): void {}

  entry(cpu: number, _context: number, pfn: number): number {
    const present = this.hw.present.get(pfn) === 1;
    if (!this.loaded(cpu)) return present ? TRANSLATION.fencedPresent : TRANSLATION.fenced;
    if (present) return TRANSLATION.cached;
    return this.isStale(cpu, pfn) ? TRANSLATION.stale : TRANSLATION.absent;
  }

  usable(cpu: number, _context: number, pfn: number): boolean {
    return this.loaded(cpu) && (this.hw.present.get(pfn) === 1 || this.isStale(cpu, pfn));
  }

  mayUse(cpu: number, context: number, pfn: number): boolean {
    return this.usable(cpu, context, pfn);
  }

  discharged(pfn: number): boolean {
    for (let cpu = 0; cpu < this.world.cpus; cpu++) if (this.usable(cpu, 0, pfn)) return false;
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

  private isStale(cpu: number, pfn: number): boolean {
    const cleared = this.c.clearedAt.get(pfn);
    return cleared > this.c.flushedAt.get(cpu) && cleared > this.c.pageFlushedAt.get(this.cell(cpu, pfn));
  }

  private loaded(cpu: number): boolean {
    return this.hw.mode.get(cpu) === MODE_PROTECTED;
  }

  private cell(cpu: number, pfn: number): number {
    return cpu * this.world.pages + pfn;
  }
}
