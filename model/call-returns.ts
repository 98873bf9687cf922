import { assert } from "./failure.ts";
import type { Kernel } from "./kernel.ts";
import { MOMENT } from "./moments.ts";
import { LOCAL_END, LOCAL_ORDER, LOCAL_REQUEST } from "./program.ts";
import type { Request } from "./request.ts";

/**
 * A call returns to the workload, which writes the ghosts: who owns what from now on. Its frame is still open.
 *
 * - **Shapes, units**: `returned` is what the program answered: a block's link, a range's first page's link, a number.
 */
export function callReturns(k: Kernel, level: number, returned: number): void {
  const role = k.frame.program?.role;
  if (role === "alloc" && returned !== 0) handOut(k, returned - 1, k.frame.get(LOCAL_ORDER));
  else if (role === "range" && returned !== 0) handOutRange(k, returned - 1);
  else if (role === "bulk") handOutBulk(k);
  if (role === "worker") k.moments.push(MOMENT.batchEnd, k.cpu, 0);
  else if (role !== "handler") k.moments.push(MOMENT.callReturn, returned - 1, level);
}

/** Every page of a contiguous range belongs to its caller by itself, and may be freed by itself. */
function handOutRange(k: Kernel, start: number): void {
  const end = k.frame.get(LOCAL_END) - 1;
  for (let pfn = start; pfn < end; pfn++) handOut(k, pfn, 0);
}

/** What alloc_pages_bulk has put into the caller's array: the CPU's list of kind `bulk`. */
function handOutBulk(k: Kernel): void {
  const list = k.listOf("bulk", k.cpu);
  for (let pfn = k.lists.first(list); pfn >= 0; pfn = k.lists.first(list)) {
    const order = k.lists.order(pfn);
    k.lists.remove(list, pfn);
    handOut(k, pfn, order);
  }
}

function handOut(k: Kernel, pfn: number, order: number): void {
  k.ledger.handOut(pfn, order, requestOf(k), k.ledger.mmOf(k.cpu));
}

function requestOf(k: Kernel): Request {
  const request = k.world.requests[k.frame.get(LOCAL_REQUEST)];
  assert(request !== undefined, "an allocation returns with the request it was made for");
  return request;
}
