import type { BuddyEvent } from "./buddy-event.ts";

/** Pages that `cat` reads of /proc/kpageflags at once: 128 KiB of 8 bytes a page. */
const PIECE_PAGES = 16_384;
const PIECES_MAX = 256;

/** When each part of a free map was read, as the number of events before. */
export interface MapMoments {
  /** Whether the map already knows of event `index`. */
  knows(index: number, pfn: number): boolean;
  /** Of each piece of `piecePages` pages, ascending; later pieces are read later. */
  readonly moments: readonly number[];
  readonly piecePages: number;
}

/**
 * When, among some events, a free map was read while the machine went on: the earliest moments at which fewest pages
 * contradict, one for each piece of the map, as it is read from low pages to high.
 *
 * A page's moves before the moment must end as the map has it, its next move must begin as the map has it. Contradictions
 * that are left (a piece is not read in one instant either) are reported like any other.
 *
 * - **Shapes, units**: moments are numbers of events, 0..events.length.
 * - **Cost**: O(pages moved + pieces * events), at most `PIECES_MAX` pieces.
 */
export function momentsOfMap(
  events: readonly BuddyEvent[],
  pages: number,
  isFree: (pfn: number) => boolean,
): MapMoments {
  let piecePages = PIECE_PAGES;
  while (pages / piecePages > PIECES_MAX) piecePages *= 2;
  const pieces = Math.ceil(pages / piecePages);
  const changes = contradictions(events, pieces, piecePages, isFree);
  const moments = leastAscending(changes, events.length);
  return {
    knows: (index, pfn) => index < (moments[Math.floor(pfn / piecePages)] ?? 0),
    moments,
    piecePages,
  };
}

/** Per piece, how the number of contradicting pages changes from one moment to the next. */
function contradictions(
  events: readonly BuddyEvent[],
  pieces: number,
  piecePages: number,
  isFree: (pfn: number) => boolean,
): Int32Array[] {
  const changes = Array.from({ length: pieces }, () => new Int32Array(events.length + 2));
  const lastMove = new Map<number, number>();
  const add = (pfn: number, first: number, last: number): void => {
    const change = changes[Math.floor(pfn / piecePages)];
    if (change === undefined) return;
    change[first] = (change[first] as number) + 1;
    change[last + 1] = (change[last + 1] as number) - 1;
  };
  for (const [index, event] of events.entries()) {
    const enters = event.kind === "pcpu_drain";
    if (!enters && event.kind !== "zone_locked") continue;
    for (let pfn = event.pfn; pfn < event.pfn + 2 ** event.order; pfn++) {
      // Up to this move the page was free iff the move takes it away.
      if (isFree(pfn) === enters) add(pfn, (lastMove.get(pfn) ?? -1) + 1, index);
      lastMove.set(pfn, index);
    }
  }
  for (const [pfn, index] of lastMove) {
    const enters = events[index]?.kind === "pcpu_drain";
    if (isFree(pfn) !== enters) add(pfn, index + 1, events.length);
  }
  return changes;
}

/** One moment for each piece, never descending, with the least sum of contradictions; the earliest of equals. */
function leastAscending(changes: readonly Int32Array[], events: number): number[] {
  // least[m]: of the pieces so far, with the last one read at moment m or before; from[m]: that moment.
  let least = new Float64Array(events + 1);
  const chosen: Int32Array[] = [];
  for (const change of changes) {
    const next = new Float64Array(events + 1);
    const from = new Int32Array(events + 1);
    let sum = 0;
    for (let moment = 0; moment <= events; moment++) {
      sum += change[moment] as number;
      const cost = sum + (least[moment] as number);
      const better = moment === 0 || cost < (next[moment - 1] as number);
      next[moment] = better ? cost : (next[moment - 1] as number);
      from[moment] = better ? moment : (from[moment - 1] as number);
    }
    chosen.push(from);
    least = next;
  }
  const moments = new Array<number>(changes.length).fill(0);
  let latest = events;
  for (let piece = changes.length - 1; piece >= 0; piece--) {
    latest = (chosen[piece] as Int32Array)[latest] as number;
    moments[piece] = latest;
  }
  return moments;
}
