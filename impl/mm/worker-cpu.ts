import type { Kernel } from "../../model/kernel.ts";

/** The CPU on which a node's kernel threads run: its first, or CPU 0 where it has none. CPUs are dealt out to nodes in turn. */
export function threadCpu(k: Kernel, node: number): number {
  return node < k.world.cpus ? node : 0;
}

/** The first node whose threads run on this CPU and that `wants` one to, or -1. */
export function nodeWanting(k: Kernel, cpu: number, wants: (node: number) => boolean): number {
  for (let node = 0; node < k.world.nodes; node++) if (threadCpu(k, node) === cpu && wants(node)) return node;
  return -1;
}
