import { mmColumns, pcpColumns, pcpLock, zoneCpu } from "../../impl/mm/columns.ts";
import { freetypeOf } from "../../impl/mm/freetype.ts";
import { pcpIndex, pcpPut } from "../../impl/mm/pcplist.ts";
import { zoneOfPage } from "../../impl/mm/zones.ts";
import { assert } from "../../model/failure.ts";
import type { Machine } from "../../model/machine.ts";
import type { FairStart } from "./fair-start.ts";
import type { ListedAtStart } from "./first-reading.ts";
import type { PageMap } from "./page-map.ts";
import type { ZoneSnapshot } from "./proc-snapshot.ts";
import type { StartState } from "./start-state.ts";

/** Blocks freed between two clearings of the step log, which holds some of each. */
const BOOT_CHUNK = 1024;

/**
 * Frees what was free, and puts on the pcplists what lay on them; everything else (in use, reserved, a hole) counts as
 * allocated, page by page, so that whatever order is freed later can be.
 *
 * The order of the blocks on a free list is not recorded: ascending by pfn as they are freed here. Where the trace was not
 * read ahead, pageblocks begin movable, as the kernel's do at boot, and pcplists empty.
 */
export function bootAt(machine: Machine, start: StartState, map: PageMap): void {
  const { fair } = start;
  machine.boot([], []);
  if (fair !== undefined) labelBlocks(machine, fair);
  for (let at = 0; at < start.free.length; at += BOOT_CHUNK) machine.boot([], start.free.slice(at, at + BOOT_CHUNK));
  const listed = new Uint8Array(machine.world.pages);
  for (const { pfn, order } of fair?.lists ?? []) listed.fill(1, pfn, pfn + (1 << order));
  let used = 0;
  for (const { pfn, order } of start.free) {
    reserve(machine, map, listed, used, pfn);
    used = pfn + 2 ** order;
  }
  reserve(machine, map, listed, used, machine.world.pages);
  if (fair !== undefined) fillLists(machine, fair.lists);
  if (fair !== undefined) limitLists(machine, fair);
  if (fair?.zoneinfo !== undefined) sizeLists(machine, fair.zoneinfo);
  machine.clearStep();
}

function labelBlocks({ k, world }: Machine, { blocks }: FairStart): void {
  const { blockType } = k.of(mmColumns);
  for (let block = 0; block < world.blocks; block++) blockType.set(block, freetypeOf(k, blocks.types[block] ?? 1));
}

/** What will be taken first is put last; what is drained first was at the tail, but for what nothing moves. */
function fillLists(machine: Machine, lists: readonly ListedAtStart[]): void {
  const unnamed = lists.filter((each) => each.how === "unnamed");
  const taken = lists.filter((each) => each.how === "taken").reverse();
  const drained = lists.filter((each) => each.how === "drained");
  for (const each of [...unnamed, ...drained, ...taken]) put(machine, each);
}

function put({ k, world }: Machine, { pfn, order, migratetype, cpu }: ListedAtStart): void {
  const zone = zoneOfPage(k, pfn);
  const on = Math.min(cpu, world.cpus - 1);
  k.cpu = on;
  assert(k.tryLock(pcpLock(k, zone, on)), "nobody holds a lock at boot");
  const type = freetypeOf(k, migratetype);
  if (world.whole?.kernel === "6.1") k.of(mmColumns).listedType.set(pfn, type);
  pcpPut(k, zone, on, pcpIndex(k, type, order), order, pfn);
  k.unlock(pcpLock(k, zone, on));
}

/** The limit that the recorded kernel computed early in boot; of 6.1 the limits are fixed and recorded. */
function limitLists({ k, world }: Machine, { highMax }: FairStart): void {
  if (world.whole?.kernel === "6.1") return;
  const column = k.of(pcpColumns).highMax;
  highMax.forEach((limit, zone) => {
    for (let cpu = 0; limit !== undefined && cpu < world.cpus; cpu++) column.set(zoneCpu(k, zone, cpu), limit);
  });
}

/** The length at which each CPU drains was adapted to its load when the trace began. */
function sizeLists({ k, world }: Machine, snapshot: readonly ZoneSnapshot[]): void {
  const { high } = k.of(pcpColumns);
  world.zones.forEach((zone, index) => {
    const told = snapshot.find((each) => each.zone === zone.name && each.node === zone.node);
    told?.pagesets.slice(0, world.cpus).forEach((pageset, cpu) => {
      high.set(zoneCpu(k, index, cpu), pageset.high);
    });
  });
}

function reserve(machine: Machine, map: PageMap, listed: Uint8Array, from: number, to: number): void {
  for (let pfn = from; pfn < to; pfn++) {
    if (listed[pfn] === 1) continue;
    machine.k.ledger.reserve(pfn, 0);
    map.liveAtStart(pfn);
  }
}
