import fc from "fast-check";
import { AllocCommand } from "./alloc-command.ts";
import type { CallRunner } from "./call-runner.ts";
import { DrainCommand } from "./drain-command.ts";
import { FreeCommand } from "./free-command.ts";
import type { HeldBox } from "./held.ts";
import { WorkerCommand } from "./worker-command.ts";

/** CPUs and menu entries are taken modulo what the machine has. */
const ANY_CPU = fc.nat(3);
const ANY_ENTRY = fc.nat(7);
const ANY_BLOCK = fc.nat(63);

/**
 * Random lists of whole calls, run one after the other: what a kernel developer would write as a unit test, thousands of times.
 *
 * Each call runs to completion; races are the schedules' business. Judged by the claims (through the runner's check) and by
 * what a caller can know (`Held`).
 */
export function callCommands(max = 60): fc.Arbitrary<Iterable<fc.Command<HeldBox, CallRunner>>> {
  return fc.commands<HeldBox, CallRunner>(
    [
      fc.tuple(ANY_CPU, ANY_ENTRY).map(([cpu, entry]) => new AllocCommand(cpu, entry)),
      fc.tuple(ANY_CPU, ANY_ENTRY).map(([cpu, entry]) => new AllocCommand(cpu, entry)),
      fc.tuple(ANY_CPU, ANY_BLOCK).map(([cpu, nth]) => new FreeCommand(cpu, nth)),
      fc.tuple(ANY_CPU, ANY_CPU).map(([cpu, target]) => new DrainCommand(cpu, target)),
      ANY_CPU.map((cpu) => new WorkerCommand(cpu)),
    ],
    { maxCommands: max },
  );
}
