import { assert } from "../failure.ts";
import { type CachedRecord, MAX_PCIDS } from "./cached-record.ts";
import type { HardwareRules } from "./hardware-rules.ts";
import type { InvalidationContext } from "./invalidation.ts";
import type { PagingLayout } from "./paging-config.ts";
import { RecordSet } from "./record-set.ts";
import { StoreBuffer } from "./store-buffer.ts";
import type { TableGeometry } from "./table-geometry.ts";

const FLAG = { pge: 1, pcide: 2, tce: 4, undefined: 8 } as const;
const ROOT = 0;
const PCID = 1;
const FLAGS = 2;

/** The registers and caches of one CPU, a view of its stretch of the state. */
export class PagingCpu implements InvalidationContext {
  readonly translations: RecordSet;
  readonly structures: RecordSet;
  readonly walks: RecordSet;
  readonly stores: StoreBuffer;
  private readonly base: number;

  constructor(
    private readonly words: Uint32Array,
    layout: PagingLayout,
    private readonly geometry: TableGeometry,
    private readonly rules: HardwareRules,
    cpu: number,
  ) {
    const { config } = layout;
    this.base = layout.registers(cpu);
    this.translations = new RecordSet(words, layout.translations(cpu), config.translations);
    this.structures = new RecordSet(words, layout.structures(cpu), config.structures);
    this.walks = new RecordSet(words, layout.walks(cpu), config.walks);
    this.stores = new StoreBuffer(words, layout.stores(cpu), config.stores, rules);
  }

  get root(): number {
    return this.words[this.base + ROOT] as number;
  }

  get pcid(): number {
    return this.words[this.base + PCID] as number;
  }

  get pge(): boolean {
    return this.flag(FLAG.pge);
  }

  get pcide(): boolean {
    return this.flag(FLAG.pcide);
  }

  get tce(): boolean {
    return this.flag(FLAG.tce);
  }

  /** H10 has happened here: nothing this CPU does with a translation means anything any more. */
  get undefined(): boolean {
    return this.flag(FLAG.undefined);
  }

  loadCr3(root: number, pcid: number): void {
    assert(pcid < MAX_PCIDS, "a PCID has 12 bits");
    this.words[this.base + ROOT] = root;
    this.words[this.base + PCID] = pcid;
  }

  setControl(control: { readonly pge: boolean; readonly pcide: boolean }): void {
    this.setFlag(FLAG.pge, control.pge);
    this.setFlag(FLAG.pcide, control.pcide);
  }

  setTce(on: boolean): void {
    this.setFlag(FLAG.tce, on);
  }

  /** A translation that this CPU may use for the page now. */
  canUse(record: CachedRecord, page: number): boolean {
    return this.mine(record) && this.geometry.covers(record.level, record.page, page);
  }

  /** A table that this CPU may start a walk for the page from now. */
  canStartFrom(record: CachedRecord, page: number): boolean {
    return record.pcid === this.pcid && this.geometry.firstBelow(record.level, page) === record.page;
  }

  /** Deposits a translation; two sizes for one address make the CPU's behaviour undefined (H10). */
  deposit(record: CachedRecord): void {
    if (!this.translations.add(record) || this.rules.toleratesMixedSizes) return;
    const span = this.geometry.span(record.level);
    const clash = this.translations
      .all()
      .some(
        (other) => other.level !== record.level && this.sameSpace(other, record) && this.overlap(other, record, span),
      );
    if (clash) this.setFlag(FLAG.undefined, true);
  }

  private overlap(other: CachedRecord, record: CachedRecord, span: number): boolean {
    return this.geometry.overlaps(other.level, other.page, record.page, span);
  }

  private sameSpace(a: CachedRecord, b: CachedRecord): boolean {
    return a.global || b.global || a.pcid === b.pcid;
  }

  private mine(record: CachedRecord): boolean {
    return record.pcid === this.pcid || (record.global && this.pge);
  }

  private flag(bit: number): boolean {
    return ((this.words[this.base + FLAGS] as number) & bit) !== 0;
  }

  private setFlag(bit: number, on: boolean): void {
    const flags = this.words[this.base + FLAGS] as number;
    this.words[this.base + FLAGS] = on ? flags | bit : flags & ~bit;
  }
}
