import type { AddressSpaceHardware } from "./address-space-hardware.ts";
import type { Bound, Column, ColumnGroup } from "./column.ts";
import { InternalError } from "./failure.ts";
import { Hardware } from "./hardware.ts";
import { DirtyPages, Moments } from "./moments.ts";
import { Promises } from "./promises.ts";
import type { State } from "./state.ts";
import { StoreBuffer } from "./store-buffer.ts";
import type { World } from "./world.ts";

/** The part of the kernel's view that is memory: columns, the hardware's primitives, and the order in which stores are seen. */
export class KernelMemory {
  readonly hw: Hardware;
  readonly moments = new Moments();
  readonly dirty: DirtyPages;
  /** Flushes and flips that are under way, for claims; kept where pageblocks carry labels. */
  readonly promises: Promises;
  /** The CPU of the step being run. */
  cpu = 0;
  private readonly stores: StoreBuffer | undefined;

  constructor(
    readonly state: State,
    readonly world: World,
  ) {
    this.dirty = new DirtyPages(world.pages);
    this.hw = new Hardware(state, world, this.dirty, this.moments);
    this.promises = new Promises(state, world, this.hw, this.moments, this.dirty);
    if ((world.spaces?.stores ?? 0) === 0) return;
    this.stores = new StoreBuffer(state, world);
    this.hw.bufferStores(this.stores, () => this.cpu);
  }

  /** The columns of an allocator's or a design's own group. */
  of<G extends ColumnGroup>(group: G): Bound<G> {
    return this.state.of(group);
  }

  /** CR3, PCIDs, the maps beside the restricted one. Only code of worlds with address spaces may ask. */
  get spaces(): AddressSpaceHardware {
    const { spaces } = this.hw;
    if (spaces === undefined) throw new InternalError("this world has address spaces");
    return spaces;
  }

  /** Reads a variable that protocols race on: the CPU's own latest store, even one that nobody else sees yet. */
  load(column: Column, row: number): number {
    return this.stores === undefined ? column.get(row) : this.stores.load(this.cpu, column, row);
  }

  /** What a CPU itself believes of a variable: for claims about one CPU's own variables. */
  seenBy(cpu: number, column: Column, row: number): number {
    return this.stores === undefined ? column.get(row) : this.stores.load(cpu, column, row);
  }

  /** Writes one. Where stores are buffered others see it later. */
  store(column: Column, row: number, value: number): void {
    if (this.stores === undefined) column.set(row, value);
    else this.stores.store(this.cpu, column, row, value);
  }

  /** Orders the stores before it with everything after it: mfence, a locked operation, a serialising instruction. */
  fence(): void {
    this.stores?.drain(this.cpu);
  }

  /** A locked read-modify-write: a full barrier, and visible at once. Answers the new value. */
  atomicAdd(column: Column, row: number, by: number): number {
    this.fence();
    const value = column.get(row) + by;
    column.set(row, value);
    return value;
  }

  /** A store of the CPU has not reached memory. */
  hasBufferedStores(cpu: number): boolean {
    return this.stores?.isWaiting(cpu) === true;
  }

  drainOneStore(cpu: number): void {
    this.stores?.drainOne(cpu);
  }
}
