import type { Kernel } from "../../model/kernel.ts";

/** count_vm_events(): adds to a counter of /proc/vmstat; `event` is an index of `VM`. */
export function countEvent(k: Kernel, event: number, by = 1): void {
  k.events[event] = (k.events[event] as number) + by;
}
