import type { World } from "../../model/world.ts";
import { ZONE_NAMES } from "../../model/zone.ts";

/**
 * What follows from a world for the allocator, worked out once: which zone a page is in, which zones a node's requests
 * try and in what order, how the per-CPU lists are numbered. Nothing here is state.
 */
export interface MmLayout {
  readonly world: World;
  readonly whole: boolean;
  /** The rules of 6.1 hold; else those of 6.12. */
  readonly v61: boolean;
  readonly zoneStart: Int32Array;
  /** One behind the last page of each zone. */
  readonly zoneEnd: Int32Array;
  /** zone_idx() of each zone. */
  readonly zoneIndex: Uint8Array;
  /** Zones in the order in which a request of each node tries them: own node first, highest zone first. */
  readonly fallbackLists: readonly (readonly number[])[];
  /** The same for requests that stay on their node (__GFP_THISNODE). */
  readonly thisNodeLists: readonly (readonly number[])[];
  /** CPUs of each node; all of them for a node that has none. */
  readonly splitCpus: readonly number[];
}

let last: MmLayout | undefined;

/** Cost: a comparison, but for the first use after another world's. */
export function layoutOf(world: World): MmLayout {
  if (last !== undefined && last.world === world) return last;
  last = known.get(world) ?? remember(world);
  return last;
}

const known = new WeakMap<World, MmLayout>();

function remember(world: World): MmLayout {
  const { zones } = world;
  const nodes = Array.from({ length: world.nodes }, (_, node) => node);
  const layout: MmLayout = {
    world,
    whole: world.whole !== undefined,
    v61: world.whole?.kernel === "6.1",
    zoneStart: Int32Array.from(zones, (zone) => zone.startPfn),
    zoneEnd: Int32Array.from(zones, (zone) => zone.startPfn + zone.spanned),
    zoneIndex: Uint8Array.from(zones, (zone) => ZONE_NAMES.indexOf(zone.name)),
    fallbackLists: nodes.map((node) => nodeOrder(node, world.nodes).flatMap((from) => zonesOfNode(world, from))),
    thisNodeLists: nodes.map((node) => zonesOfNode(world, node)),
    splitCpus: nodes.map((node) => cpusOfNode(world, node) || world.cpus),
  };
  known.set(world, layout);
  return layout;
}

/** The node itself, then the others: with two nodes there is no question of distance. */
function nodeOrder(node: number, nodes: number): number[] {
  return Array.from({ length: nodes }, (_, step) => (node + step) % nodes);
}

/** A node's populated zones, highest first. */
function zonesOfNode({ zones }: World, node: number): number[] {
  return zones
    .map((zone, index) => ({
      index,
      rank: ZONE_NAMES.indexOf(zone.name),
      there: zone.node === node && zone.spanned > 0,
    }))
    .filter(({ there }) => there)
    .sort((a, b) => b.rank - a.rank)
    .map(({ index }) => index);
}

function cpusOfNode({ cpus, nodes }: World, node: number): number {
  let count = 0;
  for (let cpu = 0; cpu < cpus; cpu++) if (cpu % nodes === node) count++;
  return count;
}
