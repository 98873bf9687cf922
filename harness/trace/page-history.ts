/** What the trace has told of a page so far. */
export const SEEN = { never: 0, live: 1, freed: 2 } as const;

const CHUNK_PAGES = 4096;
/** 2^16 chunks of 4096 pages: 1 TiB of memory followed, at one byte a page. */
const CHUNKS_MAX = 65_536;

/**
 * Which pages are live as far as the trace tells, a byte a page, in chunks made when first touched: page numbers come
 * from strangers, memory use must not follow them.
 *
 * - **Cost**: at most 256 MiB; pages beyond that are counted in `untracked` and read as never seen.
 */
export class PageHistory {
  untracked = 0;
  private readonly chunks = new Map<number, Uint8Array>();

  get(pfn: number): number {
    return this.chunks.get(Math.floor(pfn / CHUNK_PAGES))?.[pfn % CHUNK_PAGES] ?? SEEN.never;
  }

  set(pfn: number, seen: number): void {
    const chunk = this.chunkOf(Math.floor(pfn / CHUNK_PAGES));
    if (chunk) chunk[pfn % CHUNK_PAGES] = seen;
    else this.untracked++;
  }

  private chunkOf(index: number): Uint8Array | undefined {
    const known = this.chunks.get(index);
    if (known || this.chunks.size >= CHUNKS_MAX) return known;
    const chunk = new Uint8Array(CHUNK_PAGES);
    this.chunks.set(index, chunk);
    return chunk;
  }
}
