import type { Recorder } from "../../model/column.ts";
import { InputError } from "../../model/failure.ts";
import { kernelColumns } from "../../model/kernel-columns.ts";
import { Machine } from "../../model/machine.ts";
import type { Program } from "../../model/program.ts";
import { holes, managedBlocks } from "../../model/zone.ts";
import { softwareFor } from "../scenario.ts";
import type { GfpTable } from "./gfp-table.ts";
import { type BootOptions, designOf, parametersOf } from "./options.ts";

/** Blocks freed between two clearings of the step log, which holds some of each. */
const BOOT_CHUNK = 1024;

/**
 * Builds the machine and frees its memory, as memblock does; holes and reserved pages belong to the kernel for good.
 *
 * - **recorder**: is told of every access to a column, from the first on; slow.
 * - **Cost**: a few tens of nanoseconds a page.
 */
export function bootMachine(options: BootOptions, table: GfpTable, recorder?: Recorder): Machine {
  const parameters = parametersOf(options, table.requests);
  const machine = new Machine(softwareFor(designOf(options)), parameters, [], recorder);
  const { world } = machine;
  table.limit = machine.state.of(kernelColumns).local.max;
  const blocks = managedBlocks(world.zones, world.geometry);
  for (let at = 0; at < blocks.length; at += BOOT_CHUNK) machine.boot([], blocks.slice(at, at + BOOT_CHUNK));
  for (const { from, to } of holes(world.zones, world.pages)) reserve(machine, from, to);
  for (const { startPfn, spanned, managed } of world.zones) reserve(machine, startPfn, startPfn + spanned - managed);
  machine.clearStep();
  machine.k.events.fill(0);
  return machine;
}

/**
 * An entry point of the kernel by its name.
 *
 * - **Errors**: `InputError` NOT-MODELLED.
 */
export function entryPoint(machine: Machine, name: string): Program {
  const { calls, programs } = machine.software;
  const program = calls[name] ?? programs.find((candidate) => candidate.name === name);
  if (program !== undefined) return program;
  throw new InputError("NOT-MODELLED", `${name} is not part of this kernel`, Object.keys(calls).sort().join(", "));
}

/** Pages that nobody placed while booting are memory of the kernel's own. */
function reserve(machine: Machine, from: number, to: number): void {
  const { k } = machine;
  for (let pfn = from; pfn < to; pfn++) {
    if (k.lists.headOf(pfn, (head) => k.ledger.order(head)) < 0) k.ledger.reserve(pfn, 0);
  }
}
