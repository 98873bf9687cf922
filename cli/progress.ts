import type { Io } from "./io.ts";

const LIVE_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;

/** Says on standard error what is being done: one live line on a terminal, else one line every ten seconds. */
export class Progress {
  private last: number;
  private shown = false;

  constructor(
    private readonly io: Io,
    private readonly quiet: boolean,
  ) {
    this.last = io.nowMs();
  }

  say(text: string): void {
    const { io } = this;
    if (this.quiet) return;
    const now = io.nowMs();
    if (now - this.last < (io.errIsTty ? LIVE_EVERY_MS : LINE_EVERY_MS)) return;
    this.last = now;
    io.err(io.errIsTty ? `\r\u001b[K${text.slice(0, 79)}` : `${text}\n`);
    this.shown = io.errIsTty;
  }

  /** Takes the live line away. */
  end(): void {
    if (this.shown) this.io.err("\r\u001b[K");
    this.shown = false;
  }
}
