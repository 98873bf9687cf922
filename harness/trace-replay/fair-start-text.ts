import type { FairStart } from "./fair-start.ts";

/** What reading ahead told, and what it could not, one sentence each. */
export function fairStartText(
  { lists, blocks, zoneinfo, unnamed, eventsBefore, highMax }: FairStart,
  hidden: number,
): string[] {
  const pages = (of: FairStart["lists"]): number => of.reduce((sum, { order }) => sum + 2 ** order, 0);
  const never = pages(lists.filter(({ how }) => how === "unnamed"));
  const rest =
    zoneinfo === undefined
      ? "pages that it never names are left out"
      : `${never} more by zoneinfo's counts, which it never names: any such pages, at the end of lists that it leaves alone`;
  return [
    `the moment of the free map: after ${eventsBefore} events, where it contradicts the buddy events least; the replay begins there`,
    `${pages(lists) - never} pages on per-CPU lists at the start, in the order in which the trace takes them; ${rest}`,
    `the types of pageblocks with free memory at the start: ${blocks.byEvents} by their first event, ${blocks.byCounts} by pagetypeinfo's counts, ${blocks.guessed} guessed`,
    "the order of blocks on the free lists at the start: by pfn, it is recorded nowhere",
    `${hidden} allocations without an event (alloc_pages_bulk), each before the first event that shows its page gone; ${unnamed.mistaken} suspicions were dropped`,
    `${unnamed.bypasses.size} calls that find their CPU's lists locked, as what follows tells`,
    ...highMax.flatMap((limit) =>
      limit === undefined
        ? []
        : [`the upper limit of the per-CPU lists, ${limit} pages: computed early in boot, from min_free_kbytes`],
    ),
  ];
}
