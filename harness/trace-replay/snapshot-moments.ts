import { EVENT, type TraceEvent } from "../trace/event.ts";
import type { EventText } from "../trace/parser.ts";

/** The files of the first snapshot in the order in which the recipe copies them, one `cat` each. */
const ZONEINFO_IS = 4;

/**
 * When the first snapshot's zoneinfo was read: half-way through the events of the fourth `cat` between the markers, since a
 * `cat` allocates until it reads and frees afterwards.
 */
export class SnapshotMoments {
  private open = false;
  private readonly cats: number[] = [];
  private first = 0;
  private last = 0;

  take(event: Readonly<TraceEvent>, text: EventText, at: number): void {
    if (event.kind === EVENT.mark) {
      const mark = text.detail().trim();
      if (mark === "snapshot before begin") this.open = true;
      else if (mark === "snapshot before end") this.open = false;
    }
    if (!this.open || event.pid <= 0 || text.comm() !== "cat") return;
    if (!this.cats.includes(event.pid)) this.cats.push(event.pid);
    if (this.cats.length !== ZONEINFO_IS || event.pid !== this.cats.at(-1)) return;
    if (this.first === 0) this.first = at;
    this.last = at;
  }

  /** The event, counted from 1, before which zoneinfo was read; 0 where the trace does not show it. */
  get zoneinfoAt(): number {
    return Math.floor((this.first + this.last) / 2);
  }
}
