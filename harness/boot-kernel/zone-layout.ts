import { InputError } from "../../model/failure.ts";
import type { Geometry } from "../../model/geometry.ts";
import type { Zone, ZoneName } from "../../model/zone.ts";

/** Pages of 4 KiB in a MiB. */
export const PAGES_PER_MIB = 256;

/** Where x86 draws its zones' upper ends. Units: pages. */
const DMA_END = 16 * PAGES_PER_MIB;
const DMA32_END = 4096 * PAGES_PER_MIB;

/**
 * The zones of an x86 machine: DMA below 16 MiB, DMA32 below 4 GiB, Normal above, and Movable carved from the top of each node.
 *
 * Memory is one run of pages from pfn 0; a second node takes its upper half. Nothing is reserved at boot and there is no hole:
 * a caller who wants those gives the zones.
 *
 * - **Shapes, units**: pages; `movable` is shared out between the nodes, in whole blocks of the largest order.
 * - **Errors**: `InputError` BAD-MEMORY when a node would be empty or all of it movable.
 * - **Source**: `arch_zone_limits_init()` of arch/x86; `find_zone_movable_pfns_for_nodes()` in mm/mm_init.c.
 */
export function x86Zones(pages: number, nodes: number, movable: number, geometry: Geometry): Zone[] {
  const block = 2 ** geometry.maxOrder;
  const half = Math.floor(pages / 2 / block) * block;
  const split = nodes === 2 ? half : pages;
  const share = Math.floor(movable / nodes / block) * block;
  const spans = nodes === 2 ? [nodeSpan(0, 0, split), nodeSpan(1, split, pages)] : [nodeSpan(0, 0, pages)];
  return spans.flatMap((span) => zonesOfNode(span, share));
}

interface NodeSpan {
  readonly node: number;
  readonly from: number;
  readonly to: number;
}

function nodeSpan(node: number, from: number, to: number): NodeSpan {
  return { node, from, to };
}

function zonesOfNode({ node, from, to }: NodeSpan, movable: number): Zone[] {
  const top = to - movable;
  if (to <= from || top <= from) {
    const why = to <= from ? "has no memory" : "would be movable throughout: the kernel needs memory of its own";
    throw new InputError("BAD-MEMORY", `node ${node} ${why}`, "ask for more memoryMiB, fewer nodes or less movableMiB");
  }
  const limits: readonly (readonly [ZoneName, number, number])[] = [
    ["DMA", from, Math.min(DMA_END, top)],
    ["DMA32", Math.max(from, DMA_END), Math.min(DMA32_END, top)],
    ["Normal", Math.max(from, DMA32_END), top],
    ["Movable", top, to],
  ];
  return limits
    .filter(([, start, end]) => end > start)
    .map(([name, start, end]) => ({ name, node, startPfn: start, spanned: end - start, managed: end - start }));
}
