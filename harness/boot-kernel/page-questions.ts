import { buddyOrder, typeOfBlock } from "../../impl/mm/buddy.ts";
import { flagsOfFreetype, MIGRATETYPE_NAMES, migratetypeOfFreetype } from "../../impl/mm/freetype.ts";
import { InputError } from "../../model/failure.ts";
import type { Kernel } from "../../model/kernel.ts";
import { ASKED_SENSITIVE, USE_ANON, USE_FILE, USE_MOVABLE } from "../../model/ledger.ts";
import { PLACE_ALLOCATED, PLACE_FIRST_LIST } from "../../model/lists.ts";
import type { Machine } from "../../model/machine.ts";
import { printTag } from "../../model/sorts.ts";
import { checkPfn, checkRange } from "./refusals.ts";

/** What a map has of a range: every page, none, or some. */
export type Presence = "mapped" | "unmapped" | "mixed";

/** What a block is held for. */
export type Use = "kernel" | "file" | "anon" | "movable";

/** A pageblock's label. `sensitive` and `unmapped` are false where a design does not label blocks. */
export interface PageblockLabel {
  readonly index: number;
  readonly migratetype: string;
  readonly sensitive: boolean;
  readonly unmapped: boolean;
}

/** Where a page is. `head` and `order` are its block's; `list` names the kind of list a free page is on. */
export type PageOwner =
  | {
      readonly state: "allocated";
      readonly head: number;
      readonly order: number;
      readonly use: Use;
      readonly sensitive: boolean;
      readonly pinned: boolean;
      readonly dirty: boolean;
    }
  | { readonly state: "free"; readonly head: number; readonly order: number; readonly list: string }
  | { readonly state: "nobody" };

/**
 * The raw present bits of the restricted map.
 *
 * - **Errors**: `InputError` NO-RESTRICTED-MAP where the design has none.
 */
export function restrictedPresence(machine: Machine, pfn: number, count: number): Presence {
  const { design } = machine.software;
  if (design.protectedMap === "restricted") return presence(machine.k, pfn, count);
  const instead =
    design.protectedMap === "direct" ? "it unmaps from the direct map: directMapPresence" : "there is one map";
  throw new InputError("NO-RESTRICTED-MAP", `design ${design.id} has no restricted map; ${instead}`);
}

/** The raw present bits of the direct map, from which only a design that protects it ever removes a page. */
export function directMapPresence(machine: Machine, pfn: number, count: number): Presence {
  checkRange(machine.k, pfn, pfn + count);
  return machine.software.design.protectedMap === "direct" ? presence(machine.k, pfn, count) : "mapped";
}

/**
 * The label of the pageblock that holds `pfn`. A design with one flag labels `unmapped` if it protects the direct map, else
 * `sensitive`; one with two labels both, sensitive first.
 */
export function pageblock(machine: Machine, pfn: number): PageblockLabel {
  const { k, world, software } = machine;
  checkPfn(k, pfn);
  const type = typeOfBlock(k, pfn);
  const flags = flagsOfFreetype(k, type);
  const { freetypeBits = 0, protectedMap } = software.design;
  const one = freetypeBits === 1;
  return {
    index: pfn >>> world.geometry.pageblockOrder,
    migratetype: MIGRATETYPE_NAMES[migratetypeOfFreetype(k, type)] ?? String(type),
    sensitive: one ? protectedMap !== "direct" && flags === 1 : (flags & 1) !== 0,
    unmapped: one ? protectedMap === "direct" && flags === 1 : (flags & 2) !== 0,
  };
}

/** Order of the free buddy block whose head is `pfn`; undefined for any other page. */
export function freeBlockOrder(k: Kernel, pfn: number): number | undefined {
  checkPfn(k, pfn);
  const order = buddyOrder(k, pfn);
  return order < 0 ? undefined : order;
}

/** What the page holds: `clean`, `public`, or `secret(mm1)`. */
export function content(k: Kernel, pfn: number): string {
  checkPfn(k, pfn);
  return printTag(k.hw.tag(pfn));
}

export function owner(k: Kernel, pfn: number): PageOwner {
  checkPfn(k, pfn);
  const head = k.lists.headOf(pfn, (at) => k.ledger.order(at));
  if (head < 0) return { state: "nobody" };
  const place = k.lists.placeOf(head);
  if (place !== PLACE_ALLOCATED) {
    const list = k.world.lists.kinds[place - PLACE_FIRST_LIST]?.name ?? "";
    return { state: "free", head, order: k.lists.order(head), list };
  }
  return {
    state: "allocated",
    head,
    order: k.ledger.order(head),
    use: useOf(k.ledger.use(head)),
    sensitive: k.ledger.asked(head) === ASKED_SENSITIVE,
    pinned: k.ledger.isPinned(head),
    dirty: k.ledger.isUnsaved(head),
  };
}

function useOf(use: number): Use {
  if (use === USE_FILE) return "file";
  if (use === USE_ANON) return "anon";
  return use === USE_MOVABLE ? "movable" : "kernel";
}

function presence(k: Kernel, pfn: number, count: number): Presence {
  checkRange(k, pfn, pfn + count);
  let mapped = 0;
  for (let at = pfn; at < pfn + count; at++) if (k.hw.isPresent(at)) mapped++;
  if (mapped === 0) return "unmapped";
  return mapped === count ? "mapped" : "mixed";
}
