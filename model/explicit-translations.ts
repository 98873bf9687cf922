import type { Bound, Column } from "./column.ts";
import { type hardwareColumns, MODE_PROTECTED } from "./hardware-columns.ts";
import type { DirtyPages } from "./moments.ts";
import type { State } from "./state.ts";
import { TRANSLATION, type Translations, translationColumns } from "./translations.ts";
import type { World } from "./world.ts";

/**
 * A TLB that holds exactly what was filled and not yet evicted or invalidated; fills and evictions are actions of the
 * hardware. Used to cross-check the may-hold abstraction on small scopes.
 */
export class ExplicitTranslations implements Translations {
  private readonly held: Column;

  constructor(
    state: State,
    private readonly world: World,
    private readonly hw: Bound<typeof hardwareColumns>,
    private readonly dirty: DirtyPages,
  ) {
    this.held = state.of(translationColumns).entry;
  }

  leafSet(): void {}

  leafCleared(): void {}

  invalidatePage(cpu: number, pfn: number): void {
    if (!this.loaded(cpu)) return;
    for (let context = 0; context < this.world.contexts; context++) this.drop(cpu, context, pfn);
  }

  invalidateAll(cpu: number): void {
    for (let context = 0; context < this.world.contexts; context++) {
      for (let pfn = 0; pfn < this.world.pages; pfn++) this.drop(cpu, context, pfn);
    }
  }

  load(cpu: number): void {
    this.invalidateAll(cpu);
  }

  unload(cpu: number): void {
    for (let pfn = 0; pfn < this.world.pages; pfn++)
      if (this.held.get(this.cell(cpu, 0, pfn)) === 1) this.dirty.add(pfn);
  }

  entry(cpu: number, context: number, pfn: number): number {
    const held = this.held.get(this.cell(cpu, context, pfn)) === 1;
    const present = this.hw.present.get(pfn) === 1;
    if (!this.loaded(cpu)) return present ? TRANSLATION.fencedPresent : TRANSLATION.fenced;
    if (!held) return TRANSLATION.absent;
    return present ? TRANSLATION.cached : TRANSLATION.stale;
  }

  usable(cpu: number, context: number, pfn: number): boolean {
    return this.loaded(cpu) && this.held.get(this.cell(cpu, context, pfn)) === 1;
  }

  mayUse(cpu: number, context: number, pfn: number): boolean {
    return this.usable(cpu, context, pfn);
  }

  discharged(pfn: number): boolean {
    for (let cpu = 0; cpu < this.world.cpus; cpu++) {
      for (let context = 0; context < this.world.contexts; context++) if (this.usable(cpu, context, pfn)) return false;
    }
    return true;
  }

  canFill(cpu: number, pfn: number): boolean {
    return this.loaded(cpu) && this.hw.present.get(pfn) === 1 && this.held.get(this.cell(cpu, 0, pfn)) === 0;
  }

  canEvict(cpu: number, pfn: number): boolean {
    return this.held.get(this.cell(cpu, 0, pfn)) === 1;
  }

  fill(cpu: number, pfn: number): void {
    this.held.set(this.cell(cpu, 0, pfn), 1);
    this.dirty.add(pfn);
  }

  evict(cpu: number, pfn: number): void {
    this.drop(cpu, 0, pfn);
  }

  private loaded(cpu: number): boolean {
    return this.hw.mode.get(cpu) === MODE_PROTECTED;
  }

  private cell(cpu: number, context: number, pfn: number): number {
    return (cpu * this.world.contexts + context) * this.world.pages + pfn;
  }

  private drop(cpu: number, context: number, pfn: number): void {
    const cell = this.cell(cpu, context, pfn);
    if (this.held.get(cell) === 0) return;
    this.held.set(cell, 0);
    this.dirty.add(pfn);
  }
}
