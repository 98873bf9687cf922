/**
 * Tells the three events of compaction's scanners apart, which print the same fields: `isolate_migratepages`,
 * `isolate_freepages`, `fast_isolate_freepages`.
 *
 * The parser hands over the fields of an event it does not know, not its name; so the names are picked out of the bytes as
 * they pass by, in order, and each is claimed by its fields.
 */
export class CompactionLines {
  private readonly found: { readonly free: boolean; readonly fields: string }[] = [];
  private readonly decoder = new TextDecoder("latin1");
  private carried = "";

  /** Passes the bytes on unchanged. */
  async *watch(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.search(chunk);
      yield chunk;
    }
  }

  /** Whether the scanner event with these fields was one of the free scanner. */
  isFreeScanner(detail: string): boolean {
    for (let next = this.found.shift(); next !== undefined; next = this.found.shift()) {
      if (detail.startsWith(next.fields)) return next.free;
    }
    return false;
  }

  private search(chunk: Uint8Array): void {
    const text = this.carried + this.decoder.decode(chunk, { stream: true });
    let done = 0;
    for (let at = text.indexOf(NEEDLE); at >= 0; at = text.indexOf(NEEDLE, at + 1)) {
      const line = text.indexOf("\n", at);
      if (line < 0) break;
      this.note(text.slice(at, line));
      done = line;
    }
    // Only what may belong to a scanner's line that has not ended yet.
    const open = text.indexOf(NEEDLE, done);
    this.carried = text.slice(open >= 0 ? open : Math.max(done, text.length - NEEDLE.length));
  }

  private note(text: string): void {
    const match = /^isolate_(free|migrate)pages:\s*(.*)$/.exec(text);
    if (match) this.found.push({ free: match[1] === "free", fields: (match[2] ?? "").trimEnd() });
  }
}

const NEEDLE = "isolate_";
