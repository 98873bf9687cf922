import type { ClaimsWatched } from "../harness/boot-kernel/options.ts";
import { type BootedKernel, bootKernel } from "../harness/boot-kernel.ts";
import { GFP } from "../model/gfp.ts";
import { spread } from "./spread.ts";

const RUNS = 7;
const CALLS = 200_000;
const DESIGNS = ["no-asi", "async-free"] as const;
const WATCHED: readonly ClaimsWatched[] = ["none", "structure", "all"];

/** Blocks held at a time, so that lists run empty and fill up, as they do under load. */
const HELD = 512;

/**
 * Calls per second of a booted kernel of 1 GiB with two CPUs, nobody watching, structures watched, all claims watched; and how long
 * 64 GiB take to boot, and in how many bytes.
 *
 * - **Shapes, units**: per second of processor time, so that a busy machine does not count. A call is an allocation or a free, seven
 *   in eight of them single pages; the three ways of watching take turns.
 */
export async function benchAllocator(print: (line: string) => void): Promise<void> {
  for (const design of DESIGNS) {
    const kernels = WATCHED.map((claims) => ({ claims, kernel: bootKernel({ design, memoryMiB: 1024, claims }) }));
    const rates = new Map<ClaimsWatched, number[]>(WATCHED.map((claims) => [claims, []]));
    for (let run = -1; run < RUNS; run++) {
      for (const { claims, kernel } of kernels) {
        const rate = CALLS / secondsOf(() => load(kernel));
        if (run >= 0) rates.get(claims)?.push(rate);
      }
    }
    for (const claims of WATCHED) {
      print(`  ${design.padEnd(10)} claims ${claims.padEnd(9)} ${spread(rates.get(claims) ?? [], "calls/s")}`);
    }
  }
  for (const design of DESIGNS) print(bootLine(design));
}

/** A ring of held blocks: each call frees the oldest, the next allocates in its place. */
function load(kernel: BootedKernel): void {
  const ring: { pfn: number; order: number }[] = [];
  for (let call = 0; call < CALLS; call++) {
    const cpu = (call >> 4) & 1;
    const oldest = ring.length >= HELD ? ring.shift() : undefined;
    if (oldest !== undefined) {
      kernel.freePages(oldest.pfn, oldest.order, { cpu });
      continue;
    }
    const order = (call & 7) === 0 ? 1 + ((call >> 3) & 3) : 0;
    const page = kernel.allocPages((call & 2) === 0 ? GFP.KERNEL : GFP.HIGHUSER_MOVABLE, order, { cpu });
    if (page.ok) ring.push({ pfn: page.pfn, order });
  }
  for (const { pfn, order } of ring) kernel.freePages(pfn, order, { cpu: 0 });
}

function bootLine(design: string): string {
  const times: number[] = [];
  let bytes = 0;
  for (let run = 0; run < 3; run++) {
    times.push(
      secondsOf(() => {
        const { state, world } = bootKernel({ design, memoryMiB: 64 * 1024 }).machine;
        bytes = state.layout.bytes / world.pages;
      }),
    );
  }
  const shown = times.sort((a, b) => a - b).map((seconds) => seconds.toFixed(2));
  return `  ${design.padEnd(10)} boot of 64 GiB   ${shown[1]} s (${shown[0]} to ${shown[2]}, 3 runs), ${bytes.toFixed(1)} bytes of state a page`;
}

function secondsOf(run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
