/**
 * Tells the three events of compaction's scanners apart, which print the same fields: `isolate_migratepages`,
 * `isolate_freepages`, `fast_isolate_freepages`.
 *
 * The parser hands over the fields of an event it does not know, not its name; so the names are picked out of the bytes as
 * they pass by, in order, and each is claimed by its fields.
 */
export class CompactionLines {
  private readonly found: { readonly free: boolean; readonly fields: string }[] = [];
  private readonly decoder = new TextDecoder();
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
    // Not as a stream: a character cut in two is none of the bytes that are looked for.
    const text = this.carried === "" ? this.decoder.decode(chunk) : this.carried + this.decoder.decode(chunk);
    let done = 0;
    for (let at = text.indexOf(NEEDLE); at >= 0; at = text.indexOf(NEEDLE, at + 1)) {
      const line = text.indexOf("\n", at);
      if (line < 0) break;
      this.note(text.slice(at, line));
      done = line;
    }
    // Only what may belong to a scanner's line that has not ended yet.
    const open = text.indexOf(NEEDLE, done);
    this.carried = open >= 0 ? text.slice(open) : beginningAtEnd(text);
  }

  private note(text: string): void {
    const match = /^isolate_(free|migrate)pages:\s*(.*)$/.exec(text);
    if (match) this.found.push({ free: match[1] === "free", fields: (match[2] ?? "").trimEnd() });
  }
}

const NEEDLE = "isolate_";

/** The end of the text, as far as it is a beginning of the needle. */
function beginningAtEnd(text: string): string {
  for (let length = NEEDLE.length - 1; length > 0; length--) {
    if (text.endsWith(NEEDLE.slice(0, length))) return text.slice(-length);
  }
  return "";
}
