import type { ClaimView, Witness } from "../model/claim.ts";
import { PLACE_FIRST_LIST } from "../model/lists.ts";
import type { ListKind } from "../model/world.ts";
import { blockOf, flagsOfBlock } from "./blocks.ts";

/** The list kind of which a block with this head is on a list, if its lists have freetypes. */
export function freetypeKindOf({ machine: { k, world } }: ClaimView, head: number): ListKind | undefined {
  const kind = world.lists.kinds[k.lists.placeOf(head) - PLACE_FIRST_LIST];
  return kind?.freetypeOf === undefined ? undefined : kind;
}

/**
 * Compares the label of a listed block with what its list is for. A block at an end of its list is compared with the list, one in
 * between with its neighbours: a list all of whose links agree, and whose ends are right, is right.
 *
 * - **Cost**: O(lists of the kind) at an end, else O(1).
 */
export function listedWrongly(view: ClaimView, head: number, kind: ListKind): Witness | undefined {
  const { k, state, world } = view.machine;
  const own = flagsOfBlock(view, blockOf(view, head));
  const wrong = (why: string): Witness => ({
    pfn: head,
    conjunct: `a block on a ${kind.name} list is of that list's label`,
    operands: { pfn: head, list: kind.name, label: own, but: why },
    text: `pfn ${head} is on a ${kind.name} list, and ${why}`,
  });
  const last = head + (1 << k.lists.order(head)) - 1;
  for (let block = blockOf(view, head); block <= blockOf(view, last); block++)
    if (flagsOfBlock(view, block) !== own) return wrong(`pageblock ${block} of it has another label`);
  const [next, prev] = [k.lists.next(head), state.column("list.prev").get(head) - 1];
  for (const neighbour of [next, prev]) {
    if (neighbour >= 0 && flagsOfBlock(view, blockOf(view, neighbour)) !== own)
      return wrong(`its neighbour there, pfn ${neighbour}, has another label`);
  }
  if (next >= 0 && prev >= 0) return undefined;
  const index = listOfEnd(view, head, kind, prev < 0);
  if (index < 0 || Math.floor((kind.freetypeOf?.(index) ?? 0) / world.migratetypes) === own) return undefined;
  return wrong("the list is for the other label");
}

/** Index within its kind of the list at whose beginning, or end, the block is. */
function listOfEnd({ machine: { k, world } }: ClaimView, head: number, kind: ListKind, first: boolean): number {
  const base = world.lists.base[world.lists.kinds.indexOf(kind)] ?? 0;
  for (let index = 0; index < kind.count; index++) {
    if ((first ? k.lists.first(base + index) : k.lists.last(base + index)) === head) return index;
  }
  return -1;
}
