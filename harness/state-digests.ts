/** One chapter of a run (a level of a search, one random run, a stretch of a recording) and the digest of its states. */
export interface Chapter {
  readonly name: string;
  /** 16 hex digits. */
  readonly digest: string;
}

/**
 * Digests every state that an engine comes to, in the order in which it comes to them, cut into chapters so that the place of a
 * difference can be told.
 *
 * - **Shapes, units**: two 32-bit lanes over all words of all states of a chapter.
 * - **Cost**: one pass over the words of each state noted; a chapter is 16 characters.
 */
export class StateDigests {
  private readonly closed: Chapter[] = [];
  private a = START;
  private b = ~START;

  note(words: Uint32Array): void {
    let { a, b } = this;
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as number;
      a = Math.imul(a ^ word, 0x85ebca6b);
      a ^= a >>> 15;
      b = (Math.imul(b, 0xc2b2ae35) + (word ^ a)) | 0;
    }
    this.a = a;
    this.b = b;
  }

  /** Ends the chapter; the next one begins afresh, so that one difference does not spoil all that follow. */
  close(name: string): void {
    this.closed.push({ name, digest: hex(this.a) + hex(this.b) });
    this.a = START;
    this.b = ~START;
  }

  get chapters(): readonly Chapter[] {
    return this.closed;
  }
}

const START = 0x1b873593;

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
