import { ACTION, encodeAction } from "../model/action.ts";
import type { Machine } from "../model/machine.ts";
import { type Performed, runToCompletion } from "./run-to-completion.ts";

/** A list of calls, run to completion before a scenario begins; printed in reports, not counted as events. */
export interface Setup {
  readonly name: string;
  readonly purpose: string;
  run(machine: Machine, performed: Performed): void;
}

/** Menu index of the nonsensitive order-0 request in every scenario. */
const NONSENSITIVE = 0;
/** The same of the sensitive one. */
const SENSITIVE = 1;

export const SETUPS: readonly Setup[] = [
  { name: "fresh", purpose: "all memory free, in maximal blocks", run: () => {} },
  {
    name: "drained",
    purpose: "all memory allocated as nonsensitive: the first calls must free",
    run: (machine, performed) => {
      allocateAll(machine, performed);
    },
  },
  {
    name: "fragmented",
    purpose: "every other page allocated as nonsensitive, so that nothing merges",
    run: (machine, performed) => {
      for (const pfn of allocateAll(machine, performed)) if (pfn % 2 === 1) call(machine, performed, ACTION.free, pfn);
    },
  },
  {
    name: "one-block-free",
    purpose: "all but the last pageblock allocated as nonsensitive",
    run: (machine, performed) => {
      const last = machine.world.pages - (1 << machine.world.geometry.pageblockOrder);
      for (const pfn of allocateAll(machine, performed)) if (pfn >= last) call(machine, performed, ACTION.free, pfn);
    },
  },
  {
    name: "flipped",
    purpose: "all memory has been nonsensitive and is free again, in whole blocks",
    run: (machine, performed) => {
      usedOnce(machine, performed, NONSENSITIVE);
    },
  },
  {
    name: "visited",
    purpose: "the last CPU has made each named call of the world once, in order, but those that bring a CPU up",
    run: (machine, performed) => {
      machine.callMenu.forEach((entry, index) => {
        if (entry.offline !== true) call(machine, performed, ACTION.call, index, machine.world.cpus - 1);
      });
    },
  },
  {
    name: "secrets-freed",
    purpose: "all memory has held secrets and is free again, in whole blocks",
    run: (machine, performed) => {
      usedOnce(machine, performed, SENSITIVE);
    },
  },
];

function usedOnce(machine: Machine, performed: Performed, request: number): void {
  for (const pfn of allocateAll(machine, performed, request)) call(machine, performed, ACTION.free, pfn);
  call(machine, performed, ACTION.drain, 0);
}

function allocateAll(machine: Machine, performed: Performed, request = NONSENSITIVE): number[] {
  for (let i = 0; i < machine.world.pages; i++) call(machine, performed, ACTION.alloc, request);
  const heads: number[] = [];
  for (let pfn = 0; pfn < machine.world.pages; pfn++) if (machine.k.ledger.order(pfn) >= 0) heads.push(pfn);
  return heads;
}

function call(machine: Machine, performed: Performed, kind: number, arg: number, cpu = 0): void {
  const action = encodeAction(kind, cpu, arg);
  const quota = machine.quotaOf(cpu);
  machine.grant(cpu, 1);
  machine.perform(action);
  performed(action);
  runToCompletion(machine, performed);
  machine.grant(cpu, quota);
}
