import { buddyList, buddyOrder } from "../../impl/mm/buddy.ts";
import { mmColumns, zoneColumns, zoneCpu } from "../../impl/mm/columns.ts";
import { DIFF_ZERO, SEEN_ZERO } from "../../impl/mm/free-accounting.ts";
import { isIsolate } from "../../impl/mm/freetype.ts";
import { pcpListsPerCpu } from "../../impl/mm/pcplist.ts";
import { zoneOfPage } from "../../impl/mm/zones.ts";
import type { Bound } from "../../model/column.ts";
import type { Kernel } from "../../model/kernel.ts";
import { listColumns, PLACE_ALLOCATED, PLACE_FIRST_LIST, PLACE_IN_HAND } from "../../model/lists.ts";
import type { Machine } from "../../model/machine.ts";

/**
 * The allocator's structures, checked by hand and apart from the claims: after every call where the call changed something, and
 * as a whole from time to time.
 *
 * - **Cost**: `afterCall` O(changed pages × orders); `whole` O(pages + lists).
 */
export class StructureCheck {
  private readonly k: Kernel;
  private readonly list: Bound<typeof listColumns>;
  private readonly pages: Int32Array;
  private readonly stamp: Uint32Array;
  private count = 0;
  private call = 1;

  constructor(private readonly machine: Machine) {
    this.k = machine.k;
    this.list = machine.state.of(listColumns);
    this.pages = new Int32Array(machine.world.pages);
    this.stamp = new Uint32Array(machine.world.pages);
  }

  /** Takes the pages that the step just taken has changed. */
  note(): void {
    const { dirty } = this.k;
    for (let i = 0; i < dirty.count; i++) {
      const pfn = dirty.pfns[i] as number;
      if (this.stamp[pfn] === this.call) continue;
      this.stamp[pfn] = this.call;
      this.pages[this.count++] = pfn;
    }
  }

  /** What is wrong with what the call has changed, or with a count; undefined when nothing is. */
  afterCall(): string | undefined {
    let fault: string | undefined;
    for (let i = 0; i < this.count && fault === undefined; i++) fault = this.faultOfPage(this.pages[i] as number);
    this.count = 0;
    this.call++;
    return fault ?? this.faultOfCounts();
  }

  /** What is wrong anywhere: every list is walked, every page looked at. */
  whole(): string | undefined {
    const owners = new Uint16Array(this.machine.world.pages);
    const { kinds, base } = this.machine.world.lists;
    for (const [kind, { count }] of kinds.entries()) {
      for (let index = 0; index < count; index++) {
        const fault = this.faultOfList((base[kind] as number) + index, kind, owners);
        if (fault !== undefined) return fault;
      }
    }
    return this.faultOfOwners(owners) ?? this.faultOfZones() ?? this.faultOfCounts();
  }

  /** A page belongs to exactly one block, which is aligned, linked both ways, and flagged as its list says. */
  private faultOfPage(pfn: number): string | undefined {
    let heads = 0;
    for (let order = 0; order <= this.machine.world.geometry.maxOrder; order++) {
      const head = pfn - (pfn % 2 ** order);
      if (order > 0 && head === pfn - (pfn % 2 ** (order - 1))) continue;
      const size = this.orderAt(head);
      if (size >= 0 && head + 2 ** size > pfn) heads++;
    }
    if (heads !== 1) return `pfn ${pfn} belongs to ${heads} blocks`;
    return this.list.place.get(pfn) > PLACE_ALLOCATED ? this.faultOfHead(pfn) : undefined;
  }

  private faultOfHead(pfn: number): string | undefined {
    const order = this.k.lists.order(pfn);
    const kind = this.list.place.get(pfn) - PLACE_FIRST_LIST;
    if (pfn % 2 ** order !== 0) return `the block at pfn ${pfn} is not aligned to its order ${order}`;
    const next = this.list.next.get(pfn);
    const prev = this.list.prev.get(pfn);
    if (next !== 0 && this.list.prev.get(next - 1) !== pfn + 1) return `pfn ${next - 1} does not link back to ${pfn}`;
    if (prev !== 0 && this.list.next.get(prev - 1) !== pfn + 1) return `pfn ${prev - 1} does not link on to ${pfn}`;
    const free = this.isBuddyKind(kind);
    if (free !== (buddyOrder(this.k, pfn) === order))
      return `pfn ${pfn} is flagged as free and is not, or is and is not`;
    return zoneOfPage(this.k, pfn) === zoneOfPage(this.k, pfn + 2 ** order - 1)
      ? undefined
      : `pfn ${pfn} crosses zones`;
  }

  private isBuddyKind(kind: number): boolean {
    const name = this.machine.world.lists.kinds[kind]?.name;
    return name === "buddy" || name === "isolate";
  }

  /** Order of the block that is listed or allocated at `head`, or -1. */
  private orderAt(head: number): number {
    const place = this.list.place.get(head);
    if (place === PLACE_IN_HAND) return -1;
    return place === PLACE_ALLOCATED ? this.k.ledger.order(head) : this.k.lists.order(head);
  }

  /** Free pages, pages on pcplists and what readers without the lock see: each counted twice, in two ways. */
  private faultOfCounts(): string | undefined {
    const { zones, cpus, lists } = this.machine.world;
    const { nrFree, pcpCount } = this.k.of(mmColumns);
    const c = this.k.of(zoneColumns);
    let free = 0;
    let pcp = 0;
    for (let zone = 0; zone < zones.length; zone++) {
      free += nrFree.get(zone);
      let seen = c.nrFreeSeen.get(zone) - SEEN_ZERO;
      for (let cpu = 0; cpu < cpus; cpu++) {
        pcp += pcpCount.get(zoneCpu(this.k, zone, cpu));
        seen += c.freeDiff.get(zoneCpu(this.k, zone, cpu)) - DIFF_ZERO;
      }
      if (seen !== nrFree.get(zone)) return `zone ${zone}: readers will see ${seen} free pages of ${nrFree.get(zone)}`;
    }
    const buddy = this.k.lists.pagesIn(PLACE_FIRST_LIST + kindOf("buddy", lists.kinds));
    const listed = this.k.lists.pagesIn(PLACE_FIRST_LIST + kindOf("pcp", lists.kinds));
    if (free !== buddy) return `NR_FREE_PAGES is ${free} with ${buddy} pages on the buddy lists`;
    return pcp === listed ? undefined : `the pcp counts say ${pcp} with ${listed} pages on the pcplists`;
  }

  private faultOfList(list: number, kind: number, owners: Uint16Array): string | undefined {
    let length = 0;
    let last = 0;
    for (let pfn = this.k.lists.first(list); pfn >= 0; pfn = this.k.lists.next(pfn)) {
      if (this.list.prev.get(pfn) !== last) return `list ${list}: pfn ${pfn} does not link back to ${last - 1}`;
      if (this.list.place.get(pfn) !== PLACE_FIRST_LIST + kind) return `list ${list}: pfn ${pfn} says it is elsewhere`;
      const fault = this.faultOfHead(pfn) ?? cover(owners, pfn, this.k.lists.order(pfn));
      if (fault !== undefined) return fault;
      last = pfn + 1;
      length++;
    }
    if (this.list.last.get(list) !== last) return `list ${list} ends elsewhere than at pfn ${last - 1}`;
    return length === this.k.lists.length(list) ? undefined : `list ${list} has ${length} blocks, not as it says`;
  }

  /** Every page is listed or allocated, once. */
  private faultOfOwners(owners: Uint16Array): string | undefined {
    for (let pfn = 0; pfn < owners.length; pfn++) {
      const order = this.k.ledger.order(pfn);
      const fault = order < 0 ? undefined : cover(owners, pfn, order);
      if (fault !== undefined) return fault;
    }
    const lost = owners.indexOf(0);
    return lost < 0 ? undefined : `pfn ${lost} is nowhere`;
  }

  /** Each zone's free count is its lists' pages, and each CPU's pcp count that of its lists. */
  private faultOfZones(): string | undefined {
    const { zones, cpus, freetypes, geometry } = this.machine.world;
    const { nrFree, pcpCount } = this.k.of(mmColumns);
    for (let zone = 0; zone < zones.length; zone++) {
      let free = 0;
      for (let type = 0; type < freetypes; type++) {
        if (isIsolate(this.k, type)) continue;
        for (let order = 0; order <= geometry.maxOrder; order++)
          free += this.k.lists.length(buddyList(this.k, zone, order, type)) << order;
      }
      if (free !== nrFree.get(zone)) return `zone ${zone} says ${nrFree.get(zone)} free pages of ${free}`;
      for (let cpu = 0; cpu < cpus; cpu++) {
        const pages = this.pagesOnPcplists(zone, cpu);
        if (pages !== pcpCount.get(zoneCpu(this.k, zone, cpu)))
          return `zone ${zone} cpu${cpu}: ${pages} pages on pcplists`;
      }
    }
    return undefined;
  }

  private pagesOnPcplists(zone: number, cpu: number): number {
    const { freetypes, geometry, lists } = this.machine.world;
    const each = pcpListsPerCpu(freetypes, geometry.costlyOrder, true);
    const base = (lists.base[kindOf("pcp", lists.kinds)] as number) + zoneCpu(this.k, zone, cpu) * each;
    let pages = 0;
    for (let at = 0; at < each; at++) {
      for (let pfn = this.k.lists.first(base + at); pfn >= 0; pfn = this.k.lists.next(pfn))
        pages += 1 << this.k.lists.order(pfn);
    }
    return pages;
  }
}

function cover(owners: Uint16Array, head: number, order: number): string | undefined {
  for (let pfn = head; pfn < head + 2 ** order; pfn++) {
    if (owners[pfn] !== 0) return `pfn ${pfn} is in two places`;
    owners[pfn] = 1;
  }
  return undefined;
}

function kindOf(name: string, kinds: readonly { readonly name: string }[]): number {
  return kinds.findIndex((kind) => kind.name === name);
}
