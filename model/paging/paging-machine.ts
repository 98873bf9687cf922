import { assert } from "../failure.ts";
import { BroadcastQueue } from "./broadcast-queue.ts";
import { ABSENT_FRAME, type CachedRecord } from "./cached-record.ts";
import { type Broadcast, type Instruction, isSerialising } from "./instruction.ts";
import { dropsOf } from "./invalidation.ts";
import { type PageWord, ZERO_WORD } from "./page-entry.ts";
import { type PagingConfig, PagingLayout } from "./paging-config.ts";
import { PagingCpu } from "./paging-cpu.ts";
import { TableGeometry } from "./table-geometry.ts";
import {
  mayWalkAlone,
  negativeOf,
  structureOf,
  translationOf,
  walkFromRoot,
  walkLoad,
  walkStarts,
  wholeWalk,
} from "./walker.ts";

/** Something the hardware may do of its own accord, at any time. Indices are positions in the CPU's sorted sets. */
export type HardwareAction =
  /** `from` counts the places a walk can begin: 0 is the root, the others cached tables. */
  | { readonly kind: "start-walk"; readonly cpu: number; readonly page: number; readonly from: number }
  /** One load; `keep` also deposits the table found in the paging-structure cache. */
  | { readonly kind: "walk-load"; readonly cpu: number; readonly walk: number; readonly keep: boolean }
  | { readonly kind: "fill"; readonly cpu: number; readonly walk: number }
  | { readonly kind: "evict-translation"; readonly cpu: number; readonly slot: number }
  | { readonly kind: "evict-structure"; readonly cpu: number; readonly slot: number }
  | { readonly kind: "drain"; readonly cpu: number; readonly store: number }
  | { readonly kind: "perform-broadcast"; readonly pending: number };

export type AccessKind = "read" | "write" | "fetch";

/** How one access to a page may go: through a cached translation, or by a walk of its own. */
export type Access =
  | { readonly kind: "hit"; readonly frame: number; readonly cached: boolean; readonly record: CachedRecord }
  | { readonly kind: "fault" };

/**
 * x86-64 address translation spelled out: memory that holds tables and data alike, and for each CPU its CR3, TLB,
 * paging-structure cache, walks on their way and store buffer. The judge of the may-hold abstraction, and the machine of
 * the litmus files.
 *
 * Software calls `execute`, `load` and `access`; the hardware's own freedom is `actions`, and whoever explores picks one.
 * All state is `words`.
 *
 * - **Shapes, units**: pages and frames are numbers; a large leaf leads to consecutive frames.
 * - **Cost**: a litmus world is 60 to 200 words; some hundred thousand actions a second.
 * - **Errors**: `InternalError` for an instruction the profile does not have or that is `blocked`.
 * - **Leaves out**: accessed and dirty bits, protection keys, user/supervisor, nested paging, faults for reserved bits,
 *   memory types (every store is write-back or non-temporal), loads that pass other loads.
 * - **Source**: Intel SDM vol. 3 §4.5, §4.10, §9.2; AMD APM vol. 2 §5.3–5.5, §7.2.
 */
export class PagingMachine {
  readonly config: PagingConfig;
  readonly geometry: TableGeometry;
  readonly words: Uint32Array;
  readonly cpus: readonly PagingCpu[];
  private readonly broadcasts: BroadcastQueue;
  private readonly layout: PagingLayout;
  private readonly read = (frame: number, index: number): PageWord => this.memory(this.addressOf(frame, index));

  constructor(config: PagingConfig) {
    this.config = config;
    this.geometry = new TableGeometry(config.entries);
    this.layout = new PagingLayout(config);
    this.words = new Uint32Array(this.layout.words);
    this.cpus = Array.from(
      { length: config.cpus },
      (_, cpu) => new PagingCpu(this.words, this.layout, this.geometry, config.rules, cpu),
    );
    this.broadcasts = new BroadcastQueue(this.words, this.layout.broadcasts, config.broadcasts);
    for (const cpu of this.cpus) {
      cpu.setControl({ pge: true, pcide: true });
      cpu.setTce(config.rules.hasTce);
    }
  }

  snapshot(): Uint32Array {
    return this.words.slice();
  }

  restore(words: Uint32Array): void {
    this.words.set(words);
  }

  /** Everything the hardware may do now, in a fixed order. */
  actions(): HardwareAction[] {
    const all: HardwareAction[] = [];
    for (let cpu = 0; cpu < this.config.cpus; cpu++) {
      this.walkActions(cpu, all);
      const { translations, structures, stores } = this.cpu(cpu);
      for (let slot = 0; slot < translations.size; slot++) all.push({ kind: "evict-translation", cpu, slot });
      for (let slot = 0; slot < structures.size; slot++) all.push({ kind: "evict-structure", cpu, slot });
      for (const store of stores.drainable()) all.push({ kind: "drain", cpu, store });
    }
    for (let pending = 0; pending < this.broadcasts.size; pending++) all.push({ kind: "perform-broadcast", pending });
    return all;
  }

  perform(action: HardwareAction): void {
    switch (action.kind) {
      case "start-walk":
        this.startWalk(action.cpu, action.page, action.from);
        break;
      case "walk-load":
        this.advance(action.cpu, action.walk, action.keep);
        break;
      case "fill":
        this.fill(action.cpu, action.walk);
        break;
      case "evict-translation":
        this.cpu(action.cpu).translations.remove(action.slot);
        break;
      case "evict-structure":
        this.cpu(action.cpu).structures.remove(action.slot);
        break;
      case "drain": {
        const { address, word } = this.cpu(action.cpu).stores.take(action.store);
        this.write(address, word);
        break;
      }
      case "perform-broadcast": {
        const pending = this.broadcasts.take(action.pending);
        assert(pending !== undefined, "a broadcast that is performed is on its way");
        this.invalidate(pending.target, pending.flush);
      }
    }
  }

  /** True while the instruction has to wait: a fence for the store buffer, TLBSYNC for this CPU's broadcasts. */
  blocked(cpu: number, instruction: Instruction): boolean {
    const { rules } = this.config;
    const buffered = this.cpu(cpu).stores.size > 0;
    switch (instruction.op) {
      case "store":
      case "store-nontemporal":
        return rules.buffersStores && this.cpu(cpu).stores.full;
      case "store-locked":
        return buffered && rules.lockedWaits;
      case "mfence":
      case "sfence":
        return buffered && rules.fenceWaits;
      case "write-icr":
        return buffered && rules.icrWaits;
      case "tlbsync":
        return (buffered && rules.serialisingWaits) || (rules.tlbsyncWaits && this.owes(cpu));
      case "invlpgb":
        return (buffered && rules.serialisingWaits) || !this.broadcasts.hasRoomFor(this.config.cpus);
      default:
        return buffered && isSerialising(instruction) && rules.serialisingWaits;
    }
  }

  execute(cpu: number, instruction: Instruction): void {
    assert(!this.blocked(cpu, instruction), `CPU ${cpu} executes ${instruction.op} only when it need not wait`);
    switch (instruction.op) {
      case "store":
      case "store-nontemporal":
        this.store(cpu, instruction);
        break;
      case "store-locked":
        this.write(instruction.address, instruction.word);
        break;
      case "invlpg":
      case "invpcid":
        this.invalidate(cpu, instruction);
        break;
      case "write-cr3":
        this.invalidate(cpu, instruction);
        this.cpu(cpu).loadCr3(instruction.root, instruction.pcid);
        break;
      case "write-cr4":
        this.invalidate(cpu, instruction);
        this.cpu(cpu).setControl(instruction);
        break;
      case "invlpgb":
        this.broadcast(cpu, instruction);
        break;
      case "mfence":
      case "sfence":
      case "tlbsync":
      case "write-icr":
    }
  }

  /** A load of a word by its physical address: the CPU sees its own stores before memory does. */
  load(cpu: number, address: number): PageWord {
    return this.cpu(cpu).stores.youngest(address) ?? this.memory(address);
  }

  /** What memory says, whoever has a newer word in a buffer. Beyond its end it says zero, that is, P clear. */
  memory(address: number): PageWord {
    if (address >= this.layout.addresses) return ZERO_WORD;
    return { low: this.words[2 * address] as number, high: this.words[2 * address + 1] as number };
  }

  /** Writes memory at once and behind every buffer's back: for initial states and DMA. */
  write(address: number, word: PageWord): void {
    assert(address >= 0 && address < this.layout.addresses, "a store goes to an address that exists");
    this.words[2 * address] = word.low;
    this.words[2 * address + 1] = word.high;
    if (this.config.rules.storesSnoopCaches) for (const cpu of this.cpus) dropEverything(cpu);
  }

  addressOf(frame: number, index: number): number {
    if (frame >= this.config.frames) return this.layout.addresses;
    return frame * this.config.entries + index;
  }

  variable(index: number): number {
    return this.config.frames * this.config.entries + index;
  }

  /** Every way an access to the page can go now; the same ones are offered to speculation, which ignores faults. */
  accesses(cpu: number, page: number, kind: AccessKind = "read"): Access[] {
    const held = this.cpu(cpu)
      .translations.all()
      .filter((record) => this.cpu(cpu).canUse(record, page));
    const found = held.map((record) => this.through(record, page, kind, true));
    const walked = walkStarts(this.cpu(cpu), page).map((start) => {
      const record = wholeWalk(start, this.read, this.geometry, this.cpu(cpu).pge);
      return record === undefined ? FAULT : this.through(record, page, kind, false);
    });
    const negative = held.some((record) => record.frame === ABSENT_FRAME);
    return negative ? [FAULT] : distinct([...found, ...walked]);
  }

  /** Lets the access go the given way: a walk leaves its translation behind, a fault takes along what it used. */
  access(cpu: number, page: number, access: Access): void {
    if (access.kind === "hit") this.cpu(cpu).deposit(access.record);
    else if (this.config.rules.cachesAbsent) this.cpu(cpu).deposit(negativeOf(walkFromRoot(this.cpu(cpu), page)));
    else if (this.config.rules.faultInvalidates) this.dropPath(cpu, page);
  }

  /** Two sizes have been live for one address on some CPU (H10); from here on the model promises nothing. */
  get undefined(): boolean {
    return this.cpus.some((cpu) => cpu.undefined);
  }

  cpu(cpu: number): PagingCpu {
    const found = this.cpus[cpu];
    assert(found !== undefined, `the machine has a CPU ${cpu}`);
    return found;
  }

  private walkActions(cpu: number, all: HardwareAction[]): void {
    const { walks, translations } = this.cpu(cpu);
    const pages = this.config.speculation?.[cpu];
    if (!walks.full) {
      for (const page of pages ?? Array.from({ length: this.geometry.pages }, (_, at) => at)) {
        if (!mayWalkAlone(this.config.rules, pages, page)) continue;
        const starts = walkStarts(this.cpu(cpu), page);
        starts.forEach((start, from) => {
          if (!walks.has(start)) all.push({ kind: "start-walk", cpu, page, from });
        });
      }
    }
    walks.all().forEach((record, walk) => {
      if (record.loaded) {
        if (!translations.full) all.push({ kind: "fill", cpu, walk });
        return;
      }
      all.push({ kind: "walk-load", cpu, walk, keep: false });
      if (record.level > 1 && !this.cpu(cpu).structures.full) all.push({ kind: "walk-load", cpu, walk, keep: true });
    });
  }

  private startWalk(cpu: number, page: number, from: number): void {
    const start = walkStarts(this.cpu(cpu), page)[from];
    assert(start !== undefined, "a walk begins at the root or at a cached table");
    if (!this.config.rules.walksAtomic) {
      this.cpu(cpu).walks.add(start);
      return;
    }
    const record = wholeWalk(start, this.read, this.geometry, this.cpu(cpu).pge);
    if (record !== undefined) this.cpu(cpu).deposit(record);
  }

  private advance(cpu: number, walk: number, keep: boolean): void {
    const { walks, structures, pge } = this.cpu(cpu);
    const record = walks.at(walk);
    const load = walkLoad(record, this.read, this.geometry, pge);
    if (load.kind === "absent") {
      walks.remove(walk);
      if (this.config.rules.cachesAbsent) this.cpu(cpu).deposit(negativeOf(record));
      return;
    }
    if (load.kind === "table" && keep) structures.add(structureOf(load.walk, this.geometry));
    walks.replace(walk, load.walk);
  }

  private fill(cpu: number, walk: number): void {
    const { walks } = this.cpu(cpu);
    const record = walks.at(walk);
    walks.remove(walk);
    this.cpu(cpu).deposit(translationOf(record, this.geometry));
  }

  private store(cpu: number, { op, address, word }: Extract<Instruction, { op: "store" | "store-nontemporal" }>): void {
    if (this.config.rules.buffersStores) {
      this.cpu(cpu).stores.push({ address, word, nonTemporal: op === "store-nontemporal" });
    } else {
      this.write(address, word);
    }
  }

  private broadcast(cpu: number, flush: Broadcast): void {
    assert(this.config.rules.hasInvlpgb, "only a profile that has INVLPGB executes it");
    if ((flush.asid ?? 0) !== 0) return;
    for (let target = 0; target < this.config.cpus; target++) {
      if (this.config.rules.invlpgbAsynchronous) this.broadcasts.add({ initiator: cpu, target, flush });
      else this.invalidate(target, flush);
    }
  }

  private owes(cpu: number): boolean {
    return this.broadcasts.all().some((pending) => pending.initiator === cpu);
  }

  private invalidate(cpu: number, instruction: Parameters<typeof dropsOf>[0]): void {
    const { translations, structures, walks } = this.cpu(cpu);
    const drops = dropsOf(instruction, this.cpu(cpu), this.config.rules, this.geometry);
    translations.drop(drops.translation);
    structures.drop(drops.structure);
    if (this.config.rules.invalidationEndsWalks) walks.drop(() => true);
  }

  private dropPath(cpu: number, page: number): void {
    const { translations, structures } = this.cpu(cpu);
    translations.drop((record) => !record.global && this.cpu(cpu).canUse(record, page));
    structures.drop((record) => this.cpu(cpu).canStartFrom(record, page));
  }

  private through(record: CachedRecord, page: number, kind: AccessKind, cached: boolean): Access {
    const refused = (kind === "write" && !record.writable) || (kind === "fetch" && record.noExecute);
    if (refused || record.frame === ABSENT_FRAME) return FAULT;
    return { kind: "hit", frame: record.frame + (page - record.page), cached, record };
  }
}

const FAULT: Access = { kind: "fault" };

function dropEverything(cpu: PagingCpu): void {
  cpu.translations.drop(() => true);
  cpu.structures.drop(() => true);
  cpu.walks.drop(() => true);
}

function distinct(accesses: readonly Access[]): Access[] {
  const seen = new Set<string>();
  return accesses.filter((access) => {
    const key = access.kind === "fault" ? "fault" : `${access.frame} ${access.record.level} ${access.record.page}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
