import { AddressSpaceHardware } from "./address-space-hardware.ts";
import type { Bound } from "./column.ts";
import { EpochTranslations } from "./epoch-translations.ts";
import { ExplicitTranslations } from "./explicit-translations.ts";
import { hardwareColumns, MODE_PROTECTED, MODE_UNRESTRICTED, TAG_CLEAN, TAG_SECRET } from "./hardware-columns.ts";
import { HeldTranslations } from "./held-translations.ts";
import { MayHoldTranslations } from "./may-hold-translations.ts";
import { type DirtyPages, MOMENT, type Moments } from "./moments.ts";
import { SpaceTranslations } from "./space-translations.ts";
import { UNRESTRICTED } from "./spaces.ts";
import type { State } from "./state.ts";
import { type StoreBuffer, TABLE_STORE } from "./store-buffer.ts";
import type { Translations } from "./translations.ts";
import type { World } from "./world.ts";

/**
 * Frames, the protected map, what CPUs may have cached of it, and CPU modes: the primitives every design is built from.
 *
 * Nothing else writes these columns. A design that wants a page unmapped calls `clearPresent` and is then responsible for the
 * flush; it can never read a translation.
 *
 * - **Shapes, units**: pages of 4 KiB by pfn.
 * - **Leaves out**: where a world has no address spaces of its own: PCIDs, aliases, leaf sizes (docs/modelling.md).
 */
export class Hardware {
  readonly translations: Translations;
  /** CR3, PCIDs and the other maps, where the world has them. */
  readonly spaces: AddressSpaceHardware | undefined;
  private leafStored: (pfn: number, present: boolean) => void = () => {};
  /** Set where stores to page tables wait in a store buffer, with the CPU whose step is being run. */
  private buffer: { readonly stores: StoreBuffer; readonly cpu: () => number } | undefined;
  private readonly columns: Bound<typeof hardwareColumns>;

  constructor(
    state: State,
    private readonly world: World,
    private readonly dirty: DirtyPages,
    private readonly moments: Moments,
  ) {
    this.columns = state.of(hardwareColumns);
    if (world.spaces === undefined) this.translations = keeperOf(state, world, this.columns, dirty);
    else {
      const held = new HeldTranslations(state, world, this.columns, dirty);
      const translations = new SpaceTranslations(state, world, held, this.columns);
      this.translations = translations;
      const stored = (pfn: number, present: boolean): void => this.leafStored(pfn, present);
      this.spaces = new AddressSpaceHardware(state, world, held, translations, dirty, moments, stored);
    }
  }

  /** Tells of every change of a leaf of the protected map. */
  onLeafStore(told: (pfn: number, present: boolean) => void): void {
    this.leafStored = told;
  }

  /** Sends stores to page tables through the CPU's store buffer from here on. */
  bufferStores(stores: StoreBuffer, cpu: () => number): void {
    this.buffer = { stores, cpu };
    stores.tableStore = (kind, row) => {
      if (kind === TABLE_STORE.setPresent) this.makePresent(row);
      else if (kind === TABLE_STORE.clearPresent) this.makeAbsent(row);
      else if (kind === TABLE_STORE.setBlockLeaf) this.spaces?.setBlockLeaf(row);
      else this.spaces?.clearBlockLeaf(row);
    };
  }

  isPresent(pfn: number): boolean {
    return this.columns.present.get(pfn) === 1;
  }

  /** Stores the present bit. Needs no flush: a not-present entry is never cached (rule H1). */
  setPresent(pfn: number): void {
    if (this.buffer === undefined) this.makePresent(pfn);
    else this.buffer.stores.storeTable(this.buffer.cpu(), TABLE_STORE.setPresent, pfn);
  }

  clearPresent(pfn: number): void {
    if (this.buffer === undefined) this.makeAbsent(pfn);
    else this.buffer.stores.storeTable(this.buffer.cpu(), TABLE_STORE.clearPresent, pfn);
  }

  /** Stores one leaf that maps the whole pageblock. Needs a world whose leaves have sizes. */
  setBlockLeaf(block: number): void {
    if (this.buffer === undefined) this.spaces?.setBlockLeaf(block);
    else this.buffer.stores.storeTable(this.buffer.cpu(), TABLE_STORE.setBlockLeaf, block);
  }

  clearBlockLeaf(block: number): void {
    if (this.buffer === undefined) this.spaces?.clearBlockLeaf(block);
    else this.buffer.stores.storeTable(this.buffer.cpu(), TABLE_STORE.clearBlockLeaf, block);
  }

  private makePresent(pfn: number): void {
    this.moments.push(MOMENT.presentStore, pfn, this.columns.tag.get(pfn));
    if (this.columns.present.get(pfn) === 1) return;
    this.columns.present.set(pfn, 1);
    this.spaces?.noteLeafStored(pfn);
    this.translations.leafSet(pfn);
    this.leafStored(pfn, true);
    this.dirty.add(pfn);
  }

  private makeAbsent(pfn: number): void {
    if (this.spaces?.cutsBlockLeaf(pfn) === true || this.columns.present.get(pfn) === 0) return;
    this.columns.present.set(pfn, 0);
    this.moments.push(MOMENT.presentClear, pfn, 0);
    this.leafStored(pfn, false);
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
    const { spaces } = this;
    if (spaces !== undefined) return (spaces.viewOf(cpu) !== UNRESTRICTED) !== (this.world.protectedMap === "direct");
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
   * This is the attacker; S1 is stated over it. User mappings of any mm count: its own are its own secrets, which S1 allows.
   */
  attackerRead(cpu: number, pfn: number): number {
    if (this.spaces !== undefined && this.world.spaces?.user === true && this.isProtected(cpu)) {
      const { held } = this.spaces;
      for (let mm = 0; mm < this.world.mms; mm++)
        if (held.usable(cpu, held.userRow(mm, pfn))) return this.columns.tag.get(pfn);
    }
    for (let context = 0; context < this.world.contexts; context++) {
      if (this.translations.usable(cpu, context, pfn)) return this.columns.tag.get(pfn);
    }
    return -1;
  }

  /** The mm as which the CPU reads; `mms` is a kernel thread on init_mm. */
  readerOf(cpu: number): number {
    return this.spaces === undefined ? cpu % this.world.mms : this.spaces.mmOf(cpu);
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
