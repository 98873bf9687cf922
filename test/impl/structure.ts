import { buddyList, buddyOrder, typeOfBlock } from "../../impl/mm/buddy.ts";
import { mmColumns, zoneColumns, zoneCpu } from "../../impl/mm/columns.ts";
import { isMergeable, MIGRATE_CMA, MIGRATE_HIGHATOMIC, MIGRATE_ISOLATE } from "../../impl/mm/freetype.ts";
import { pcpListsPerCpu } from "../../impl/mm/pcplist.ts";
import { zoneOfPage } from "../../impl/mm/zones.ts";
import type { Machine } from "../../model/machine.ts";

/** Everything that is wrong with the free lists, one sentence each: links, alignment, counts, labels, unmerged buddies. */
export function structureFaults(machine: Machine): string[] {
  const faults: string[] = [];
  for (let zone = 0; zone < machine.world.zones.length; zone++) {
    buddyFaults(machine, zone, faults);
    for (let cpu = 0; cpu < machine.world.cpus; cpu++) pcpFaults(machine, zone, cpu, faults);
  }
  return faults;
}

function buddyFaults({ k, world }: Machine, zone: number, faults: string[]): void {
  const counted = new Map<number, number>();
  for (let type = 0; type < world.freetypes; type++) {
    for (let order = 0; order <= world.geometry.maxOrder; order++) {
      const list = buddyList(k, zone, order, type);
      let [length, last] = [0, -1];
      for (let pfn = k.lists.first(list); pfn >= 0; pfn = k.lists.next(pfn)) {
        const name = `block ${pfn} of order ${order}, type ${type}`;
        if (pfn % (1 << order) !== 0) faults.push(`${name} is not aligned`);
        if (buddyOrder(k, pfn) !== order) faults.push(`${name} has page order ${buddyOrder(k, pfn)}`);
        if (zoneOfPage(k, pfn) !== zone) faults.push(`${name} is of zone ${zoneOfPage(k, pfn)}, not ${zone}`);
        if (zoneOfPage(k, pfn + (1 << order) - 1) !== zone) faults.push(`${name} leaves its zone`);
        labelFaults({ k, world } as Machine, pfn, order, type, name, faults);
        const buddy = pfn ^ (1 << order);
        if (order < world.geometry.maxOrder && isUnmerged({ k, world } as Machine, pfn, buddy, order, zone))
          faults.push(`${name} has not merged with ${buddy}`);
        length++;
        last = pfn;
        counted.set(type, (counted.get(type) ?? 0) + (1 << order));
      }
      if (length !== k.lists.length(list)) faults.push(`list ${list} has ${length} blocks, counts otherwise`);
      if (last !== k.lists.last(list)) faults.push(`list ${list} ends at ${last}, says otherwise`);
    }
  }
  const c = k.of(zoneColumns);
  let free = 0;
  for (const [type, pages] of counted) if (type % 6 !== MIGRATE_ISOLATE) free += pages;
  compare(faults, `free pages of zone ${zone}`, k.of(mmColumns).nrFree.get(zone), free);
  compare(faults, `free CMA of zone ${zone}`, c.nrFreeCma.get(zone), counted.get(MIGRATE_CMA) ?? 0);
  compare(
    faults,
    `free atomic reserve of zone ${zone}`,
    c.nrFreeHighatomic.get(zone),
    counted.get(MIGRATE_HIGHATOMIC) ?? 0,
  );
}

/** In 6.12 every pageblock of a free block is labelled with the list's type. */
function labelFaults(
  { k, world }: Machine,
  pfn: number,
  order: number,
  type: number,
  name: string,
  faults: string[],
): void {
  if (world.whole?.kernel === "6.1") return;
  for (let at = pfn; at < pfn + (1 << order); at += 1 << world.geometry.pageblockOrder)
    if (typeOfBlock(k, at) !== type) faults.push(`${name} lies in a pageblock of type ${typeOfBlock(k, at)}`);
}

function isUnmerged({ k, world }: Machine, pfn: number, buddy: number, order: number, zone: number): boolean {
  if (buddy + (1 << order) > world.pages || buddyOrder(k, buddy) !== order || zoneOfPage(k, buddy) !== zone)
    return false;
  const [type, other] = [typeOfBlock(k, pfn), typeOfBlock(k, buddy)];
  return type === other || (isMergeable(k, type) && isMergeable(k, other));
}

function pcpFaults({ k, world }: Machine, zone: number, cpu: number, faults: string[]): void {
  const perCpu = pcpListsPerCpu(world.freetypes, world.geometry.costlyOrder, true);
  const base = (world.lists.base[1] as number) + zoneCpu(k, zone, cpu) * perCpu;
  let pages = 0;
  for (let list = base; list < base + perCpu; list++) {
    for (let pfn = k.lists.first(list); pfn >= 0; pfn = k.lists.next(pfn)) {
      pages += 1 << k.lists.order(pfn);
      if (zoneOfPage(k, pfn) !== zone) faults.push(`pfn ${pfn} is on a per-CPU list of zone ${zone}`);
    }
  }
  compare(
    faults,
    `pages on the lists of cpu${cpu} in zone ${zone}`,
    k.of(mmColumns).pcpCount.get(zoneCpu(k, zone, cpu)),
    pages,
  );
}

function compare(faults: string[], what: string, said: number, are: number): void {
  if (said !== are) faults.push(`${what}: ${said} counted, ${are} there`);
}
