import type { BootOptions } from "../../harness/boot-kernel.ts";
import { MEDIUM } from "../../model/geometry.ts";
import type { Zone } from "../../model/zone.ts";

/** The designs that the corner workloads run under: the load as it is, and a design that unmaps behind every free. */
export const DESIGNS = ["no-asi", "async-free"] as const;

const NO_RESERVE = { min: 0, low: 0, high: 0 };

/** The same pages as one zone, so that no request is kept out of a lower one (lowmem_reserve). */
export const ONE_ZONE: readonly Zone[] = [
  { name: "Normal", node: 0, startPfn: 0, spanned: 1024, managed: 1024, watermarks: NO_RESERVE },
];

/** 1,024 pages in two zones without reserves, so that all of memory can be had; pageblocks of 16, largest blocks of 32. */
export function smallWorld(design: string, told: Partial<BootOptions> = {}): BootOptions {
  const zones: readonly Zone[] = [
    { name: "DMA32", node: 0, startPfn: 0, spanned: 256, managed: 256, watermarks: NO_RESERVE },
    { name: "Normal", node: 0, startPfn: 256, spanned: 768, managed: 768, watermarks: NO_RESERVE },
  ];
  return { design, geometry: MEDIUM, zones, cpus: 2, reclaim: false, ...told };
}
