import type { KernelVersion } from "../../model/gfp.ts";
import { EVENT, type TraceEvent } from "../trace/event.ts";
import { TraceParser } from "../trace/parser.ts";

/** Migrate type of user memory, which is what the sensitive requests of a scenario stand for. */
const MOVABLE = 1;

/** Calls that a recorded kernel made, in order; plain data. */
export interface RecordedCalls {
  readonly name: string;
  readonly cpus: Uint8Array;
  /** Of an allocation twice its order, plus 1 for user memory; of a free -1 minus the place of the allocation that it undoes. */
  readonly calls: Int32Array;
}

/**
 * The allocations of a recorded trace and the frees of what it allocated, without its addresses: who, how much, which kind, and
 * for how long.
 *
 * - **Errors**: `InputError` TRACE-….
 */
export async function recordedCalls(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  kernel: KernelVersion,
): Promise<RecordedCalls> {
  const cpus: number[] = [];
  const calls: number[] = [];
  const live = new Map<number, number>();
  const onEvent = (event: Readonly<TraceEvent>): void => {
    const { kind, pfn, order, migratetype, cpu } = event;
    if (kind === EVENT.alloc && event.failed === 0) {
      live.set(pfn, calls.length);
      calls.push(order * 2 + (migratetype === MOVABLE ? 1 : 0));
    } else if (kind === EVENT.free && live.has(pfn)) {
      calls.push(-1 - (live.get(pfn) ?? 0));
      live.delete(pfn);
    } else return;
    cpus.push(Math.max(cpu, 0));
  };
  const parser = new TraceParser({ kernel, kernelAssumed: true, file: name, onEvent });
  for await (const chunk of bytes) parser.push(chunk);
  parser.finish();
  return { name, cpus: Uint8Array.from(cpus), calls: Int32Array.from(calls) };
}
