import type { Bound } from "./column.ts";
import { hardwareColumns } from "./hardware-columns.ts";
import type { HeldTranslations } from "./held-translations.ts";
import { type DirtyPages, MOMENT, type Moments } from "./moments.ts";
import { heldColumns, LEAF_4K, LEAF_BLOCK, spaceColumns } from "./space-columns.ts";
import type { SpaceTranslations } from "./space-translations.ts";
import { UNRESTRICTED } from "./spaces.ts";
import type { State } from "./state.ts";
import type { World } from "./world.ts";

/** INVPCID's types. */
export const INVPCID = { address: 0, single: 1, allGlobal: 2, allNonGlobal: 3 } as const;

/**
 * CR3, the ways to invalidate, and the page tables beyond the restricted map's 4K leaves, in a world with address spaces.
 *
 * The software of ASI is built from these; like `Hardware`, nothing here can be asked what a CPU has cached.
 *
 * - **Shapes, units**: roots and PCIDs as in spaces.ts; pages of 4 KiB by pfn; blocks are pageblocks.
 * - **Source**: Intel SDM vol. 3 chapter 4.10, AMD APM vol. 2 chapters 5.5 and 7 (INVLPGB); rules H1 to H12 of docs/modelling.md.
 */
export class AddressSpaceHardware {
  private readonly as: Bound<typeof spaceColumns>;
  private readonly hw: Bound<typeof hardwareColumns>;
  private readonly ghost: Bound<typeof heldColumns>;
  private readonly blockPages: number;

  constructor(
    state: State,
    private readonly world: World,
    readonly held: HeldTranslations,
    private readonly translations: SpaceTranslations,
    private readonly dirty: DirtyPages,
    private readonly moments: Moments,
    private readonly leafStored: (pfn: number, present: boolean) => void,
  ) {
    this.as = state.of(spaceColumns);
    this.hw = state.of(hardwareColumns);
    this.ghost = state.of(heldColumns);
    this.blockPages = 2 ** world.geometry.pageblockOrder;
  }

  get views(): number {
    return this.held.views;
  }

  root(cpu: number): number {
    return this.as.root.get(cpu);
  }

  pcid(cpu: number): number {
    return this.as.pcid.get(cpu);
  }

  rootOf(mm: number, view: number): number {
    return mm * this.views + view;
  }

  pcidOf(slot: number, view: number): number {
    return slot * this.views + view;
  }

  /** The mm whose tables CR3 holds; `mms` is init_mm. */
  mmOf(cpu: number): number {
    return Math.floor(this.as.root.get(cpu) / this.views);
  }

  /** 0 unrestricted, else the class. */
  viewOf(cpu: number): number {
    return this.as.root.get(cpu) % this.views;
  }

  // ── invalidation ────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * MOV to CR3. Serialising. With NOFLUSH nothing is invalidated (H6, H9): what was left under the PCID is usable again.
   * Logs what S18 and S19 judge.
   */
  writeCr3(cpu: number, root: number, pcid: number, noflush: boolean): void {
    if (noflush) this.noteKept(cpu, root, pcid);
    this.held.load(cpu, root, pcid, noflush);
  }

  /** INVLPG of a physmap address: the page of the loaded PCID, global entries, and upper entries by profile (H5). */
  invlpg(cpu: number, pfn: number): void {
    this.held.dropRows(cpu, this.as.pcid.get(cpu), [...this.leafRows(pfn), ...this.upperRows(pfn)], true);
  }

  /** The same for the address of a kernel area. */
  invlpgArea(cpu: number, area: number): void {
    const rows = Array.from({ length: this.world.pages }, (_, pfn) => this.held.vmapRow(area, pfn));
    this.held.dropRows(cpu, this.as.pcid.get(cpu), rows, true);
  }

  /** The same for a user address; frames and user addresses are numbered alike. */
  invlpgUser(cpu: number, pfn: number): void {
    this.held.dropRows(cpu, this.as.pcid.get(cpu), this.userRows(pfn), true);
  }

  /** INVPCID (H7): one address (of the physmap) in one PCID, one PCID, everything, everything but globals. */
  invpcid(cpu: number, type: number, pcid: number, pfn: number): void {
    if (type === INVPCID.address) this.held.dropRows(cpu, pcid, this.rowsOfAddress(pfn), false);
    else if (type === INVPCID.single) this.held.dropTag(cpu, pcid);
    else this.held.dropAll(cpu, type === INVPCID.allGlobal);
  }

  /** A toggle of CR4.PGE: everything, all PCIDs, globals (H8). */
  togglePge(cpu: number): void {
    this.held.dropAll(cpu, true);
  }

  /**
   * INVLPGB: asks every CPU to drop a range of the physmap in all PCIDs (`pages` 0: everything); nothing is promised before
   * TLBSYNC (H12). It joins what is pending from before an interrupt.
   */
  invlpgb(cpu: number, start: number, pages: number): void {
    const { broadcast, broadcasting } = this.as;
    for (let pfn = start; pfn < start + pages; pfn++) broadcast.set(cpu * this.world.pages + pfn, 1);
    broadcasting.set(cpu, pages === 0 ? 2 : Math.max(broadcasting.get(cpu), 1));
  }

  /** TLBSYNC: waits for this CPU's own INVLPGB; on another CPU it waits for nothing. */
  tlbsync(cpu: number): void {
    const { broadcast, broadcasting } = this.as;
    const pending = broadcasting.get(cpu);
    for (let target = 0; target < this.world.cpus && pending === 2; target++) this.held.dropAll(target, true);
    for (let pfn = 0; pfn < this.world.pages && pending !== 0; pfn++) {
      const cell = cpu * this.world.pages + pfn;
      if (broadcast.get(cell) === 0) continue;
      broadcast.set(cell, 0);
      for (let target = 0; target < this.world.cpus; target++) this.dropEverywhere(target, pfn);
    }
    broadcasting.set(cpu, 0);
  }

  /** An INVLPGB of the CPU has not been waited for. */
  isBroadcasting(cpu: number): boolean {
    return this.as.broadcasting.get(cpu) !== 0;
  }

  // ── the unrestricted map ────────────────────────────────────────────────────────────────────────────────────────────

  isDirectPresent(pfn: number): boolean {
    return this.as.directAbsent.get(pfn) === 0;
  }

  setDirect(pfn: number): void {
    this.as.directAbsent.set(pfn, 0);
    this.held.stored(pfn);
    this.dirty.add(pfn);
  }

  clearDirect(pfn: number): void {
    this.as.directAbsent.set(pfn, 1);
    this.dirty.add(pfn);
  }

  isDirectReadOnly(pfn: number): boolean {
    return this.as.directReadOnly.get(pfn) === 1;
  }

  setDirectReadOnly(pfn: number, readOnly: boolean): void {
    this.as.directReadOnly.set(pfn, readOnly ? 1 : 0);
    this.dirty.add(pfn);
  }

  isRestrictedReadOnly(pfn: number): boolean {
    return this.as.restrictedReadOnly.get(pfn) === 1;
  }

  setRestrictedReadOnly(pfn: number, readOnly: boolean): void {
    this.as.restrictedReadOnly.set(pfn, readOnly ? 1 : 0);
    this.dirty.add(pfn);
  }

  directLeaf(block: number): number {
    return this.as.directLeaf.get(block);
  }

  setDirectLeaf(block: number, leaf: number): void {
    this.as.directLeaf.set(block, leaf);
  }

  // ── the restricted map's leaf sizes and tables ──────────────────────────────────────────────────────────────────────

  /** LEAF_4K or LEAF_BLOCK. */
  restrictedLeaf(block: number): number {
    return this.world.spaces?.tables === true ? this.as.restrictedLeaf.get(block) : LEAF_4K;
  }

  /** Stores one leaf that maps a whole block: all of its pages become present at once. */
  setBlockLeaf(block: number): void {
    this.noteSize(block, LEAF_BLOCK);
    this.as.restrictedLeaf.set(block, LEAF_BLOCK);
    for (const pfn of this.pagesOf(block)) this.setRestricted(pfn);
  }

  /** Clears it: one store, all pages at once. */
  clearBlockLeaf(block: number): void {
    for (const pfn of this.pagesOf(block)) this.clearRestricted(pfn);
  }

  /** Called by `Hardware` for a 4K leaf of the restricted map: the block's leaves are of that size from now on. */
  noteLeafStored(pfn: number): void {
    if (this.world.spaces?.tables !== true) return;
    const block = Math.floor(pfn / this.blockPages);
    this.noteSize(block, LEAF_4K);
    this.as.restrictedLeaf.set(block, LEAF_4K);
  }

  /** A 4K clear under a block leaf cuts the whole leaf: there is nothing smaller to clear. Answers true when it did. */
  cutsBlockLeaf(pfn: number): boolean {
    if (this.world.spaces?.tables !== true) return false;
    const block = Math.floor(pfn / this.blockPages);
    if (this.as.restrictedLeaf.get(block) !== LEAF_BLOCK || this.hw.present.get(pfn) === 0) return false;
    this.moments.push(MOMENT.leafCut, pfn, block);
    this.clearBlockLeaf(block);
    return true;
  }

  /** The frame that is the block's table of 4K leaves, or -1. */
  table(block: number): number {
    return this.as.table.get(block) - 1;
  }

  /** Links a table: its upper entry may be cached from now on. Its leaves are all clear. */
  linkTable(block: number, frame: number): void {
    // Every CPU has forgotten the table that was there before: what is held from here on leads to the new one.
    if (this.ghost.oldTable.get(block) !== 0 && !this.upperHeld(block)) this.ghost.oldTable.set(block, 0);
    this.as.table.set(block, frame + 1);
    this.held.stored(this.held.upperRow(block));
    this.dirty.add(frame);
  }

  /** Clears the upper entry. CPUs may go on walking the table until they invalidate (S24). */
  unlinkTable(block: number): void {
    const frame = this.as.table.get(block);
    this.as.table.set(block, 0);
    this.ghost.oldTable.set(block, frame);
    if (frame > 0) this.dirty.add(frame - 1);
  }

  /** The block whose unlinked table this frame was, while some CPU may still walk it; -1 otherwise. */
  walkedTableOf(pfn: number): number {
    if (this.world.spaces?.tables !== true) return -1;
    for (let block = 0; block < this.world.blocks; block++) {
      if (this.ghost.oldTable.get(block) !== pfn + 1) continue;
      if (this.upperHeld(block)) return block;
    }
    return -1;
  }

  // ── other aliases ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The frame a kernel area shows, or -1. */
  area(index: number): number {
    return this.as.vmap.get(index) - 1;
  }

  isAreaRestricted(index: number): boolean {
    return this.as.vmapRestricted.get(index) === 1;
  }

  mapArea(index: number, pfn: number, restricted: boolean): void {
    this.as.vmap.set(index, pfn + 1);
    this.as.vmapRestricted.set(index, restricted ? 1 : 0);
    this.held.stored(this.held.vmapRow(index, pfn));
    this.dirty.add(pfn);
  }

  unmapArea(index: number): void {
    const pfn = this.as.vmap.get(index) - 1;
    this.as.vmap.set(index, 0);
    this.as.vmapRestricted.set(index, 0);
    if (pfn >= 0) this.dirty.add(pfn);
  }

  isUserMapped(mm: number, pfn: number): boolean {
    return this.as.user.get(mm * this.world.pages + pfn) === 1;
  }

  setUser(mm: number, pfn: number): void {
    this.as.user.set(mm * this.world.pages + pfn, 1);
    this.held.stored(this.held.userRow(mm, pfn));
    this.dirty.add(pfn);
  }

  clearUser(mm: number, pfn: number): void {
    this.as.user.set(mm * this.world.pages + pfn, 0);
    this.dirty.add(pfn);
  }

  private setRestricted(pfn: number): void {
    this.moments.push(MOMENT.presentStore, pfn, this.hw.tag.get(pfn));
    this.hw.present.set(pfn, 1);
    this.leafStored(pfn, true);
    this.held.stored(pfn);
    this.dirty.add(pfn);
  }

  private clearRestricted(pfn: number): void {
    if (this.hw.present.get(pfn) === 0) return;
    this.hw.present.set(pfn, 0);
    this.moments.push(MOMENT.presentClear, pfn, 0);
    this.leafStored(pfn, false);
    this.dirty.add(pfn);
  }

  /** Rows that the hardware drops with a page: the page's, or, under a block leaf, those of every page of the block. */
  private leafRows(pfn: number): readonly number[] {
    if (this.world.spaces?.tables !== true) return [pfn];
    const block = Math.floor(pfn / this.blockPages);
    return this.ghost.size.get(block) === LEAF_BLOCK + 1 ? this.pagesOf(block) : [pfn];
  }

  /** Upper entries that go with an INVLPG: all of the PCID, or with TCE only those on the path (AMD). */
  private upperRows(pfn: number): readonly number[] {
    if (this.world.spaces?.tables !== true) return [];
    if (this.world.spaces.profile === "amd-tce-invlpgb") return this.pathRows(pfn);
    return Array.from({ length: this.world.blocks }, (_, block) => this.held.upperRow(block));
  }

  /** What INVPCID of one address drops: Intel promises no more than the way there, AMD does so with TCE only. */
  private rowsOfAddress(pfn: number): readonly number[] {
    const uppers = this.world.spaces?.profile === "amd" ? this.upperRows(pfn) : this.pathRows(pfn);
    return [...this.leafRows(pfn), ...uppers];
  }

  /** Upper entries on the way to the page. */
  private pathRows(pfn: number): readonly number[] {
    if (this.world.spaces?.tables !== true) return [];
    return [this.held.upperRow(Math.floor(pfn / this.blockPages))];
  }

  private userRows(pfn: number): readonly number[] {
    return Array.from({ length: this.world.mms }, (_, mm) => this.held.userRow(mm, pfn));
  }

  private dropEverywhere(cpu: number, pfn: number): void {
    const rows = [...this.leafRows(pfn), ...this.upperRows(pfn)];
    for (let tag = 0; tag < this.held.tags; tag++) this.held.dropRows(cpu, tag, rows, true);
  }

  private pagesOf(block: number): readonly number[] {
    return Array.from({ length: this.blockPages }, (_, i) => block * this.blockPages + i);
  }

  /** H10: a leaf of another size is stored while some CPU may use entries of the old one. */
  private noteSize(block: number, leaf: number): void {
    const known = this.ghost.size.get(block);
    if (known !== 0 && known !== leaf + 1) {
      const pages = this.pagesOf(block);
      if (!pages.every((pfn) => this.translations.discharged(pfn)))
        this.moments.push(MOMENT.mixedSizes, pages[0] ?? 0, block);
    }
    this.ghost.size.set(block, leaf + 1);
  }

  private upperHeld(block: number): boolean {
    for (let cpu = 0; cpu < this.world.cpus; cpu++) {
      for (let tag = 0; tag < this.held.tags; tag++) {
        if (!this.translations.isFenced(cpu, tag) && this.held.holds(cpu, tag, this.held.upperRow(block))) return true;
      }
    }
    return false;
  }

  /** What a CR3 write that flushes nothing brings back: another mm's entries (S18), entries that were promised gone (S19). */
  private noteKept(cpu: number, root: number, pcid: number): void {
    const before = this.held.filledForMm(cpu, pcid);
    const mm = Math.floor(root / this.views);
    if (before >= 0 && before !== mm && this.holdsAnything(cpu, pcid)) this.moments.push(MOMENT.slotKept, cpu, pcid);
    if (pcid % this.views === UNRESTRICTED || pcid === this.as.pcid.get(cpu)) return;
    if (this.translations.owes(cpu, pcid) && this.holdsStale(cpu, root, pcid))
      this.moments.push(MOMENT.debtUnpaid, cpu, pcid);
  }

  private holdsAnything(cpu: number, tag: number): boolean {
    for (let row = 0; row < this.held.rows.total; row++) if (this.held.holds(cpu, tag, row)) return true;
    return false;
  }

  private holdsStale(cpu: number, root: number, tag: number): boolean {
    for (let row = 0; row < this.held.rows.total; row++)
      if (this.held.holds(cpu, tag, row) && !this.held.isMapped(root, row)) return true;
    return false;
  }
}
