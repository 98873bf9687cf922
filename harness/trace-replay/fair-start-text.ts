import type { FairStart } from "./fair-start.ts";

/** What reading ahead told, and what it could not, one sentence each. */
export function fairStartText({ lists, blocks, zoneinfo, mistaken }: FairStart, hidden: number): string[] {
  const listed = lists.reduce((sum, { order }) => sum + 2 ** order, 0);
  const counted = zoneinfo?.flatMap((zone) => zone.pagesets).reduce((sum, { count }) => sum + count, 0);
  const short =
    counted === undefined || counted <= listed ? "" : `; zoneinfo, read some calls later, counts ${counted}`;
  return [
    `${listed} pages on per-CPU lists at the start, in the order in which the trace takes them${short}`,
    `the types of pageblocks with free memory at the start: ${blocks.byEvents} by their first event, ${blocks.byCounts} by pagetypeinfo's counts, ${blocks.guessed} guessed`,
    "the order of blocks on the free lists at the start: by pfn, it is recorded nowhere",
    `${hidden} allocations without an event (alloc_pages_bulk), each before the first event that shows its page gone; ${mistaken} suspicions were dropped`,
  ];
}
