import type { Broadcast } from "./instruction.ts";

/** A broadcast invalidation that one target has not performed yet. */
export interface PendingBroadcast {
  readonly initiator: number;
  readonly target: number;
  readonly flush: Broadcast;
}

/**
 * Broadcast invalidations on their way, as a sorted set of two words each:
 *
 *     word 0:  0 valid · 1..3 initiator · 4..6 target · 7 by pages · 8 by PCID · 9 globals · 10 final only · 16..27 PCID
 *     word 1:  0..11 first page · 12..23 pages
 *
 * One for another ASID than the host's never gets here: it reaches nothing in this machine.
 */
export class BroadcastQueue {
  constructor(
    private readonly words: Uint32Array,
    private readonly offset: number,
    private readonly slots: number,
  ) {}

  get size(): number {
    let size = 0;
    while (size < this.slots && this.words[this.offset + 2 * size] !== 0) size++;
    return size;
  }

  hasRoomFor(count: number): boolean {
    return this.size + count <= this.slots;
  }

  all(): PendingBroadcast[] {
    return this.pairs().map(([head, pages]) => unpack(head, pages));
  }

  add(pending: PendingBroadcast): void {
    this.rewrite([...this.pairs(), pack(pending)]);
  }

  take(index: number): PendingBroadcast | undefined {
    const taken = this.all()[index];
    this.rewrite(this.pairs().filter((_, at) => at !== index));
    return taken;
  }

  private pairs(): (readonly [number, number])[] {
    return Array.from({ length: this.size }, (_, i) => {
      const at = this.offset + 2 * i;
      return [this.words[at] as number, this.words[at + 1] as number] as const;
    });
  }

  /** Sorted, because the order of broadcasts on their way means nothing. */
  private rewrite(pairs: (readonly [number, number])[]): void {
    pairs.sort(([a, x], [b, y]) => a - b || x - y);
    for (let i = 0; i < this.slots; i++) {
      this.words[this.offset + 2 * i] = pairs[i]?.[0] ?? 0;
      this.words[this.offset + 2 * i + 1] = pairs[i]?.[1] ?? 0;
    }
  }
}

function pack({ initiator, target, flush }: PendingBroadcast): readonly [number, number] {
  const head =
    1 |
    (initiator << 1) |
    (target << 4) |
    (flush.pages === undefined ? 0 : 1 << 7) |
    (flush.pcid === undefined ? 0 : 1 << 8) |
    (flush.globals ? 1 << 9 : 0) |
    (flush.finalOnly ? 1 << 10 : 0) |
    ((flush.pcid ?? 0) << 16);
  return [head >>> 0, (flush.pages?.first ?? 0) | ((flush.pages?.count ?? 0) << 12)];
}

function unpack(head: number, pages: number): PendingBroadcast {
  return {
    initiator: (head >>> 1) & 7,
    target: (head >>> 4) & 7,
    flush: {
      op: "invlpgb",
      ...((head & (1 << 7)) === 0 ? {} : { pages: { first: pages & 0xfff, count: pages >>> 12 } }),
      ...((head & (1 << 8)) === 0 ? {} : { pcid: (head >>> 16) & 0xfff }),
      globals: (head & (1 << 9)) !== 0,
      finalOnly: (head & (1 << 10)) !== 0,
    },
  };
}
