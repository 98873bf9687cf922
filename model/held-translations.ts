import type { Bound, Column } from "./column.ts";
import type { hardwareColumns } from "./hardware-columns.ts";
import type { DirtyPages } from "./moments.ts";
import { heldColumns, spaceColumns } from "./space-columns.ts";
import {
  type AddressSpaces,
  rowsOfSpaces,
  spacesOf,
  type TranslationRows,
  tagsOf,
  UNRESTRICTED,
  viewsOf,
} from "./spaces.ts";
import type { State } from "./state.ts";
import type { World } from "./world.ts";

const NOT_HELD = 0;
const HELD = 1;
const WALKING = 2;

/**
 * What CPUs may have cached where PCIDs, aliases and upper entries are told apart: one bit per CPU, PCID and row.
 *
 * *May-hold*: whatever is present in the tables that a CPU has loaded counts as held at once (rule H2); clearing an entry
 * takes nothing away (H3), only an invalidation does, and not even that while the entry is present and loaded. *Explicit*:
 * a walk may begin while every level is present, and may deposit its entry at any time until an invalidation of that PCID
 * (H4); evictions are actions too.
 *
 * - **Shapes, units**: rows are those of `rowsOfSpaces`; the PCID behind the last one stands for global entries.
 * - **Source**: rules H1 to H9 of docs/modelling.md.
 */
export class HeldTranslations {
  readonly rows: TranslationRows;
  readonly tags: number;
  readonly views: number;
  private readonly entry: Column;
  private readonly filledFor: Column;
  private readonly as: Bound<typeof spaceColumns>;
  private readonly spaces: AddressSpaces;
  private readonly explicit: boolean;

  constructor(
    state: State,
    private readonly world: World,
    private readonly hw: Bound<typeof hardwareColumns>,
    private readonly dirty: DirtyPages,
  ) {
    this.spaces = spacesOf(world);
    this.rows = rowsOfSpaces(this.spaces, world.pages, world.blocks, world.mms);
    this.tags = tagsOf(this.spaces);
    this.views = viewsOf(this.spaces);
    const held = state.of(heldColumns);
    this.entry = held.entry;
    this.filledFor = held.filledFor;
    this.as = state.of(spaceColumns);
    this.explicit = world.translations === "explicit";
  }

  /** The row of a kernel area showing a frame. */
  vmapRow(area: number, pfn: number): number {
    return this.rows.vmaps + area * this.world.pages + pfn;
  }

  userRow(mm: number, pfn: number): number {
    return this.rows.users + mm * this.world.pages + pfn;
  }

  upperRow(block: number): number {
    return this.rows.uppers + block;
  }

  /** The CPU may hold the row under the PCID, or as a global entry. */
  holds(cpu: number, tag: number, row: number): boolean {
    if (this.entry.get(this.cell(cpu, tag, row)) !== NOT_HELD) return true;
    return this.spaces.globals && this.entry.get(this.cell(cpu, this.tags, row)) !== NOT_HELD;
  }

  /** The CPU holds the row and could translate with it now. A walk in flight is counted by `holds`, not here. */
  usable(cpu: number, row: number): boolean {
    const tag = this.as.pcid.get(cpu);
    if (this.entry.get(this.cell(cpu, tag, row)) === HELD) return true;
    return this.spaces.globals && this.entry.get(this.cell(cpu, this.tags, row)) === HELD;
  }

  holdsGlobal(cpu: number, row: number): boolean {
    return this.entry.get(this.cell(cpu, this.tags, row)) !== NOT_HELD;
  }

  /** An entry was stored present: every CPU that has a root loaded which contains it may cache it from now on. */
  stored(row: number): void {
    if (this.explicit) return;
    for (let cpu = 0; cpu < this.world.cpus; cpu++) {
      if (this.isMapped(this.as.root.get(cpu), row)) this.fill(cpu, row);
    }
  }

  /** CR3 := root under a PCID. Without NOFLUSH everything of the new PCID goes, globals stay (H6). */
  load(cpu: number, root: number, tag: number, noflush: boolean): void {
    if (this.explicit) this.endWalks(cpu);
    this.as.root.set(cpu, root);
    this.as.pcid.set(cpu, tag);
    if (!noflush) this.dropTag(cpu, tag);
    this.filledFor.set(cpu * this.tags + tag, Math.floor(root / this.views) + 1);
    this.refill(cpu);
  }

  /** The mm whose root ran last under the PCID since it was invalidated whole, or -1. */
  filledForMm(cpu: number, tag: number): number {
    return this.filledFor.get(cpu * this.tags + tag) - 1;
  }

  /** Drops rows of one PCID (H5, H7); a walk in flight dies with them. Global entries go when `globals`. */
  dropRows(cpu: number, tag: number, rows: readonly number[], globals: boolean): void {
    for (const row of rows) {
      this.entry.set(this.cell(cpu, tag, row), NOT_HELD);
      if (globals && this.spaces.globals) this.entry.set(this.cell(cpu, this.tags, row), NOT_HELD);
    }
    this.refill(cpu);
  }

  /** Everything of one PCID but global entries. */
  dropTag(cpu: number, tag: number): void {
    for (let row = 0; row < this.rows.total; row++) this.entry.set(this.cell(cpu, tag, row), NOT_HELD);
    this.filledFor.set(cpu * this.tags + tag, 0);
    if (tag === this.as.pcid.get(cpu)) this.reloadOwner(cpu);
    this.refill(cpu);
  }

  dropGlobals(cpu: number): void {
    for (let row = 0; row < this.rows.total; row++) this.entry.set(this.cell(cpu, this.tags, row), NOT_HELD);
    this.refill(cpu);
  }

  /** Every PCID; global entries too when asked (INVPCID type 2, CR4.PGE), else not (type 3). */
  dropAll(cpu: number, globals: boolean): void {
    for (let tag = 0; tag < this.tags; tag++) this.dropTag(cpu, tag);
    if (globals && this.spaces.globals) this.dropGlobals(cpu);
  }

  /** The row is present in the tables under a root. */
  isMapped(root: number, row: number): boolean {
    const view = root % this.views;
    const { pages } = this.world;
    if (row < this.rows.uppers) return this.inPhysmap(view, row);
    if (row < this.rows.vmaps) return view !== UNRESTRICTED && this.hasTable(row - this.rows.uppers);
    if (row < this.rows.users) {
      const area = Math.floor((row - this.rows.vmaps) / pages);
      if (this.as.vmap.get(area) !== ((row - this.rows.vmaps) % pages) + 1) return false;
      return view === UNRESTRICTED || this.as.vmapRestricted.get(area) === 1;
    }
    const mm = Math.floor((row - this.rows.users) / pages);
    return mm === Math.floor(root / this.views) && this.as.user.get(row - this.rows.users) === 1;
  }

  // ── explicit hardware ───────────────────────────────────────────────────────────────────────────────────────────────

  /** 0 nothing, 1 begin a walk, 2 finish one. */
  canFill(cpu: number, row: number): number {
    if (!this.explicit) return 0;
    const entry = this.entry.get(this.cell(cpu, this.tagFor(cpu, row), row));
    if (entry === HELD) return 0;
    if (entry === WALKING) return 2;
    return this.isMapped(this.as.root.get(cpu), row) ? 1 : 0;
  }

  /** Begins a walk, or lets one that is in flight deposit its entry. */
  advance(cpu: number, row: number): void {
    const cell = this.cell(cpu, this.tagFor(cpu, row), row);
    this.entry.set(cell, this.entry.get(cell) === WALKING ? HELD : WALKING);
    this.touchAll();
  }

  canEvict(cpu: number, row: number): boolean {
    return this.explicit && this.entry.get(this.cell(cpu, this.tagFor(cpu, row), row)) === HELD;
  }

  evict(cpu: number, row: number): void {
    this.entry.set(this.cell(cpu, this.tagFor(cpu, row), row), NOT_HELD);
    this.touchAll();
  }

  /** A CR3 write is serialising: what was walking the old tables deposits nothing. */
  private endWalks(cpu: number): void {
    const base = this.cell(cpu, 0, 0);
    for (let i = base; i < base + (this.tags + 1) * this.rows.total; i++)
      if (this.entry.get(i) === WALKING) this.entry.set(i, NOT_HELD);
  }

  /** Whichever alias it is, claims look at frames, of which these worlds have few. */
  private touchAll(): void {
    this.dirty.addRange(0, this.world.pages);
  }

  /** May-hold: whatever is mapped under the loaded root counts as cached. */
  private refill(cpu: number): void {
    if (this.explicit) return;
    const root = this.as.root.get(cpu);
    for (let row = 0; row < this.rows.total; row++) if (this.isMapped(root, row)) this.fill(cpu, row);
  }

  private fill(cpu: number, row: number): void {
    this.entry.set(this.cell(cpu, this.tagFor(cpu, row), row), HELD);
  }

  /** The kernel's leaves of the unrestricted map are cached as global entries where they carry the bit. */
  private tagFor(cpu: number, row: number): number {
    const isGlobal =
      this.spaces.globals && row < this.rows.uppers && this.as.root.get(cpu) % this.views === UNRESTRICTED;
    return isGlobal ? this.tags : this.as.pcid.get(cpu);
  }

  private inPhysmap(view: number, pfn: number): boolean {
    return view === UNRESTRICTED ? this.as.directAbsent.get(pfn) === 0 : this.hw.present.get(pfn) === 1;
  }

  /** An upper entry leads to a table of 4K leaves. */
  private hasTable(block: number): boolean {
    return this.as.table.get(block) !== 0;
  }

  private reloadOwner(cpu: number): void {
    const owner = Math.floor(this.as.root.get(cpu) / this.views) + 1;
    this.filledFor.set(cpu * this.tags + this.as.pcid.get(cpu), owner);
  }

  private cell(cpu: number, tag: number, row: number): number {
    return (cpu * (this.tags + 1) + tag) * this.rows.total + row;
  }
}
