import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { PLACE_ALLOCATED, PLACE_FIRST_LIST } from "../../model/lists.ts";
import { MOMENT } from "../../model/moments.ts";

const KIND_BUDDY = 0;

export const conservation: Claim = {
  id: "S17",
  kind: "structure",
  statement:
    "Every managed frame is always in exactly one of: allocated, a buddy list, a pcp list, a queue, in the hand of a call or worker; it never leaves its owner against his will; and NR_FREE_PAGES always equals the pages on buddy lists.",
  because: "A frame in two places is given to two owners; a frame in none is lost.",
  moment: "list insertion and hand-out; the count at zone-lock release; the whole of memory when nothing is running",
  check: (view) => atMoments(view) ?? coverage(view),
  recheck: (view) => atMoments(view),
  terminal: true,
  reach: {
    statement: "Frames are allocated, on a buddy list and on a pcp list at the same time.",
    occurs: ({ machine: { k } }) =>
      k.lists.pagesIn(PLACE_ALLOCATED) > 0 &&
      k.lists.pagesIn(PLACE_FIRST_LIST) > 0 &&
      k.lists.pagesIn(PLACE_FIRST_LIST + 1) > 0,
  },
};

/** What the step's moments tell: two places, a page taken by force, a wrong count, or a page lost when a call returned. */
function atMoments(view: ClaimView): Witness | undefined {
  const { moments } = view.machine.k;
  let released = false;
  let returned = false;
  for (let i = 0; i < moments.count; i++) {
    const kind = moments.kinds[i] as number;
    if (kind === MOMENT.placeConflict) return conflict(view, moments.pfns[i] as number, moments.aux[i] as number);
    if (kind === MOMENT.seized) return seized(moments.pfns[i] as number, moments.aux[i] as number);
    if (kind === MOMENT.lockRelease && (moments.pfns[i] as number) < view.machine.world.zones.length) released = true;
    else if (kind === MOMENT.callReturn || kind === MOMENT.batchEnd) returned = true;
  }
  return (released ? miscount(view) : undefined) ?? (returned ? lost(view) : undefined);
}

function conflict({ machine }: ClaimView, pfn: number, place: number): Witness {
  const name = placeName(machine.world.lists.kinds, place);
  return {
    pfn,
    conjunct: "a frame that is put into a place is in no other",
    operands: { pfn, still: name },
    text: `pfn ${pfn} is put into a second place while it is still ${name}`,
  };
}

/** Reclaim and migration may take pages from their owners, but not any page. */
function seized(pfn: number, fault: number): Witness {
  return {
    pfn,
    conjunct: "a frame never leaves its owner against his will",
    operands: { pfn, taken: WHY_NOT[fault - 1] ?? "" },
    text: `pfn ${pfn} is taken from its owner ${WHY_NOT[fault - 1]}`,
  };
}

const WHY_NOT = [
  "but nobody owns it",
  "who holds it as kernel memory",
  "who has pinned it",
  "before its content is saved",
  "for a frame that is not free",
];

function miscount({ machine }: ClaimView): Witness | undefined {
  const { zones } = machine.world;
  const nrFree = machine.state.column("mm.nrFree");
  let counted = 0;
  for (let zone = 0; zone < zones.length; zone++) counted += nrFree.get(zone);
  const listed = machine.k.lists.pagesIn(PLACE_FIRST_LIST + KIND_BUDDY);
  if (counted === listed) return undefined;
  return {
    conjunct: "NR_FREE_PAGES equals the pages on buddy lists when zone->lock is released",
    operands: { NR_FREE_PAGES: counted, listed },
    text: `zone->lock is released with NR_FREE_PAGES ${counted} and ${listed} pages on the buddy lists`,
  };
}

/** When nothing is running nothing is in anybody's hand, so the places add up to all of memory. */
function lost({ machine }: ClaimView): Witness | undefined {
  if (!machine.isQuiescent()) return undefined;
  let pages = 0;
  for (let place = PLACE_ALLOCATED; place < machine.world.lists.kinds.length + 2; place++)
    pages += machine.k.lists.pagesIn(place);
  if (pages === machine.world.pages) return undefined;
  return {
    conjunct: "when nothing is running every frame is in some place",
    operands: { accounted: pages, pages: machine.world.pages },
    text: `nothing is running, and ${pages} of ${machine.world.pages} pages are accounted for`,
  };
}

/** The full form: walks every list and the ledger, and counts how often each frame is met. */
function coverage(view: ClaimView): Witness | undefined {
  const { machine } = view;
  const met = new Uint8Array(machine.world.pages);
  for (let list = 0; list < machine.world.lists.total; list++) {
    for (let pfn = machine.k.lists.first(list); pfn >= 0; pfn = machine.k.lists.next(pfn)) {
      const twice = cover(met, pfn, machine.k.lists.order(pfn));
      if (twice !== undefined) return twice;
    }
  }
  for (let pfn = 0; pfn < machine.world.pages; pfn++) {
    const order = machine.k.ledger.order(pfn);
    const twice = order < 0 ? undefined : cover(met, pfn, order);
    if (twice !== undefined) return twice;
  }
  if (!machine.isQuiescent()) return undefined;
  const missing = met.indexOf(0);
  if (missing < 0) return undefined;
  return {
    pfn: missing,
    conjunct: "when nothing is running every frame is in some place",
    operands: { pfn: missing, place: "none" },
    text: `nothing is running, and pfn ${missing} is nowhere`,
  };
}

function cover(met: Uint8Array, head: number, order: number): Witness | undefined {
  for (let pfn = head; pfn < head + (1 << order); pfn++) {
    if (met[pfn] === 1) {
      return {
        pfn,
        conjunct: "a frame is in one place at most",
        operands: { pfn, places: 2 },
        text: `pfn ${pfn} is in two places`,
      };
    }
    met[pfn] = 1;
  }
  return undefined;
}

function placeName(kinds: readonly { name: string }[], place: number): string {
  if (place === PLACE_ALLOCATED) return "allocated";
  return `on a ${kinds[place - PLACE_FIRST_LIST]?.name ?? "list"} list`;
}
