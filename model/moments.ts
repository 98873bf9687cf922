/**
 * What happened inside the step just taken, for claims that must hold at named moments rather than in every state, and which
 * rows may have changed, for claims that are re-checked incrementally. Cleared before each step; never part of the state.
 */
export const MOMENT = {
  /** A present bit was stored; `aux` is the frame's tag at that instant. */
  presentStore: 1,
  /** A block joined a buddy or pcp list; `aux` is its order. */
  listInsert: 2,
  /** A call returned a block to its caller; `aux` is 1 for a request tagged secret. */
  handOut: 3,
  /** Any call returned. */
  callReturn: 4,
  /** A worker finished a batch. */
  batchEnd: 5,
  /** A lock was released; `pfn` is the lock's index. */
  lockRelease: 6,
  /** A context rule was broken; `aux` is a `CONTEXT_FAULT`. */
  contextFault: 7,
  /** A frame was found in two places; `aux` is the place it was already in. */
  placeConflict: 8,
  /** A frame that held a secret was zeroed. */
  secretZeroed: 9,
  /** A frame was taken from its owner against the owner's will: pinned, unsaved, or not its to give; `aux` is a `SEIZED_*`. */
  seized: 10,
  /** A leaf of the protected map was cleared. */
  presentClear: 11,
  /** A 4K clear fell on a leaf that maps a whole block, and took all of it; `aux` is the block. */
  leafCut: 12,
  /** A leaf was stored while entries of another size for the same addresses may be used; `aux` is the block. */
  mixedSizes: 13,
  /** CR3 was written without a flush under a PCID that holds another mm's entries; `pfn` is the CPU, `aux` the PCID. */
  slotKept: 14,
  /** CR3 was written without the flush that was owed to the PCID; `pfn` is the CPU, `aux` the PCID. */
  debtUnpaid: 15,
  /** A pageblock's label was stored; `pfn` is the block, `aux` is 1 for sensitive. */
  labelStore: 16,
  /** A block that one CPU flips was taken, labelled or flipped by another; `pfn` is the block, `aux` the other CPU. */
  flipConflict: 17,
  /** A CPU returns to user space or enters a guest; `pfn` is the CPU, `aux` the view it does so in. */
  leavesKernel: 18,
  /** A page-fault handler lets the access run again; `pfn` is the CPU, `aux` is 1 when the address is mapped now. */
  faultRetry: 19,
  /** A task sleeps, or gives up its CPU, inside a critical section; `pfn` is the CPU. */
  sleptTense: 20,
  /** An allocation began inside others; `aux` is how many of them. */
  nestedAlloc: 21,
  /** A nonsensitive request received a page that is not mapped; `aux` is 1 inside a critical section. */
  unmappedForUse: 22,
  /** A direct-map change returns to its caller; `pfn` is the page, `aux` the pages. */
  directChanged: 23,
  /** A flush is declared over; `pfn` is its initiator, `aux` the requests that are still unanswered. */
  flushEnded: 24,
} as const;

export type MomentKind = (typeof MOMENT)[keyof typeof MOMENT];

/** Why a flush was illegal where it was started (semantics of S23: IPI shootdown), or a list was changed without its lock. */
export const CONTEXT_FAULT = {
  irqsOff: 1,
  lockHeld: 2,
  hardIrq: 3,
  cannotSleep: 4,
  unlocked: 5,
  preemptible: 6,
} as const;

/** Why the kernel must not have taken a frame from its owner. */
export const SEIZED = { notAllocated: 1, kernelMemory: 2, pinned: 3, unsaved: 4, targetNotInHand: 5 } as const;

/** The boot of a 64 GiB zone: each block of the largest order joins a list, then the lock is released. */
const CAPACITY = (1 << 14) + 1;

/** A bounded log; a step that overflows it is a bug of ours (a bulk operation has to log one moment per block). */
export class Moments {
  count = 0;
  /** Bit per kind that was logged. */
  private logged = 0;
  readonly kinds = new Uint8Array(CAPACITY);
  readonly pfns = new Int32Array(CAPACITY);
  readonly aux = new Int32Array(CAPACITY);

  push(kind: MomentKind, pfn: number, aux: number): void {
    if (this.count >= CAPACITY) throw new Error("one step logs fewer moments than the log holds");
    this.kinds[this.count] = kind;
    this.pfns[this.count] = pfn;
    this.aux[this.count] = aux;
    this.count++;
    this.logged |= 1 << kind;
  }

  has(kind: MomentKind): boolean {
    return ((this.logged >>> kind) & 1) === 1;
  }

  clear(): void {
    this.count = 0;
    this.logged = 0;
  }
}

/** The set of pages whose hardware, ghost or list rows the step may have changed. */
export class DirtyPages {
  count = 0;
  readonly pfns: Int32Array;
  private readonly stamps: Uint32Array;
  private stamp = 1;

  constructor(pages: number) {
    this.pfns = new Int32Array(pages);
    this.stamps = new Uint32Array(pages);
  }

  add(pfn: number): void {
    if (this.stamps[pfn] === this.stamp) return;
    this.stamps[pfn] = this.stamp;
    this.pfns[this.count++] = pfn;
  }

  addRange(pfn: number, pages: number): void {
    for (let i = 0; i < pages; i++) this.add(pfn + i);
  }

  clear(): void {
    this.count = 0;
    this.stamp = (this.stamp + 1) >>> 0;
    if (this.stamp === 0) {
      this.stamps.fill(0);
      this.stamp = 1;
    }
  }
}
