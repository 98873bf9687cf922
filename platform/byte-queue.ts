/** Takes bytes in the portions that a format asks for from a source that delivers them in its own. */
export class ByteQueue {
  private readonly iterator: AsyncIterator<Uint8Array>;
  private chunk: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.iterator = source[Symbol.asyncIterator]();
  }

  /** Whether `bytes` more are there; reads the source no further than that takes. */
  async has(bytes: number): Promise<boolean> {
    if (this.chunk.length >= bytes) return true;
    const parts = [this.chunk];
    let length = this.chunk.length;
    while (length < bytes) {
      const next = await this.iterator.next();
      if (next.done) break;
      parts.push(next.value);
      length += next.value.length;
    }
    this.chunk = Buffer.concat(parts);
    return length >= bytes;
  }

  /** The next `bytes`; the caller has asked `has` before. Valid until the next call of either. */
  take(bytes: number): Uint8Array {
    const taken = this.chunk.subarray(0, bytes);
    this.chunk = this.chunk.subarray(bytes);
    return taken;
  }
}
