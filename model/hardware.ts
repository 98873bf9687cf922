import type { Bound } from "./column.ts";
import { EpochTranslations } from "./epoch-translations.ts";
import { ExplicitTranslations } from "./explicit-translations.ts";
import { hardwareColumns, MODE_PROTECTED, MODE_UNRESTRICTED, TAG_CLEAN, TAG_SECRET } from "./hardware-columns.ts";
import { MayHoldTranslations } from "./may-hold-translations.ts";
import { type DirtyPages, MOMENT, type Moments } from "./moments.ts";
import type { State } from "./state.ts";
import type { Translations } from "./translations.ts";
import type { World } from "./world.ts";

/**
 * Frames, the protected map, what CPUs may have cached of it, and CPU modes: the primitives every design is built from.
 *
 * Nothing else writes these columns. A design that wants a page unmapped calls `clearPresent` and is then responsible for the
 * flush; it can never read a translation.
 *
 * - **Shapes, units**: pages of 4 KiB by pfn.
 * - **Leaves out**: page-table levels, global entries, paging-structure caches (docs/modelling.md).
 */
export class Hardware {
  readonly translations: Translations;
  private readonly columns: Bound<typeof hardwareColumns>;

  constructor(
    state: State,
    private readonly world: World,
    private readonly dirty: DirtyPages,
    private readonly moments: Moments,
  ) {
    this.columns = state.of(hardwareColumns);
    this.translations = keeperOf(state, world, this.columns, dirty);
  }

  isPresent(pfn: number): boolean {
    return this.columns.present.get(pfn) === 1;
  }

  /** Stores the present bit. Needs no flush: a not-present entry is never cached (rule H1). */
  setPresent(pfn: number): void {
    this.moments.push(MOMENT.presentStore, pfn, this.columns.tag.get(pfn));
    if (this.columns.present.get(pfn) === 1) return;
    this.columns.present.set(pfn, 1);
    this.translations.leafSet(pfn);
    this.dirty.add(pfn);
  }

  clearPresent(pfn: number): void {
    if (this.columns.present.get(pfn) === 0) return;
    this.columns.present.set(pfn, 0);
    this.translations.leafCleared(pfn);
    this.dirty.add(pfn);
  }

  tag(pfn: number): number {
    return this.columns.tag.get(pfn);
  }

  /** Overwrites the frame with zeroes; the only way by which the kernel makes a secret go away. */
  zero(pfn: number): void {
    const old = this.columns.tag.get(pfn);
    if (old >= TAG_SECRET) this.moments.push(MOMENT.secretZeroed, pfn, old);
    if (old === TAG_CLEAN) return;
    this.columns.tag.set(pfn, TAG_CLEAN);
    this.dirty.add(pfn);
  }

  /** Copies the content of a frame over another: migration, copy-on-write. */
  copy(from: number, to: number): void {
    const tag = this.columns.tag.get(from);
    if (this.columns.tag.get(to) === tag) return;
    this.columns.tag.set(to, tag);
    this.dirty.add(to);
  }

  /** The owner of the memory writes it. Called by the workload when a call returns, never by the implementation. */
  ownerWrites(pfn: number, tag: number): void {
    if (this.columns.tag.get(pfn) === tag) return;
    this.columns.tag.set(pfn, tag);
    this.dirty.add(pfn);
  }

  invalidatePage(cpu: number, pfn: number): void {
    if (this.world.contexts > 0) this.translations.invalidatePage(cpu, pfn);
  }

  invalidateAll(cpu: number): void {
    if (this.world.contexts > 0) this.translations.invalidateAll(cpu);
  }

  isProtected(cpu: number): boolean {
    return this.columns.mode.get(cpu) === MODE_PROTECTED;
  }

  enterProtected(cpu: number): void {
    this.columns.mode.set(cpu, MODE_PROTECTED);
    this.translations.load(cpu);
  }

  exitProtected(cpu: number): void {
    this.columns.mode.set(cpu, MODE_UNRESTRICTED);
    this.translations.unload(cpu);
  }

  /**
   * What a speculative load in protected mode returns: the tag of the frame that any usable translation reaches, or -1.
   * This is the attacker; S1 is stated over it.
   */
  attackerRead(cpu: number, pfn: number): number {
    for (let context = 0; context < this.world.contexts; context++) {
      if (this.translations.usable(cpu, context, pfn)) return this.columns.tag.get(pfn);
    }
    return -1;
  }

  discharged(pfn: number): boolean {
    return this.world.contexts === 0 || this.translations.discharged(pfn);
  }
}

function keeperOf(state: State, world: World, hw: Bound<typeof hardwareColumns>, dirty: DirtyPages): Translations {
  switch (world.translations) {
    case "may-hold":
      return new MayHoldTranslations(state, world, hw, dirty);
    case "explicit":
      return new ExplicitTranslations(state, world, hw, dirty);
    case "epochs":
      return new EpochTranslations(state, world, hw, dirty);
  }
}
