import { seededChooser } from "../../harness/boot-kernel/chooser.ts";
import { bootKernel } from "../../harness/boot-kernel.ts";
import { MIXED_MACHINE, mixedCall } from "../../harness/workloads/mixed.ts";
import type { Recorder } from "../../model/column.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import { StructureCheck } from "./structure-check.ts";
import { TouchRecorder } from "./touch-recorder.ts";

/** Calls between two checks of the whole. */
const WHOLE_EVERY = 256;

/**
 * Random calls of every kind under memory pressure, with reclaim, compaction, swap and CMA: allocations for all uses, what owners
 * do with their pages, ranges, hotplug, broken pages. Structures are checked after each.
 *
 * Answers the first fault, with the call it followed; undefined when there was none.
 */
export function livelyCalls(design: string, kernel: KernelVersion, seed: number, calls: number, recorder?: Recorder) {
  let check: StructureCheck | undefined;
  const booted = bootKernel(
    { ...MIXED_MACHINE, design, kernel, seed },
    { step: () => check?.note(), ...(recorder === undefined ? {} : { recorder }) },
  );
  check = new StructureCheck(booted.machine);
  if (recorder instanceof TouchRecorder) recorder.follow(booted.machine);
  const draw = seededChooser(seed);
  const done = new Map<string, number>();
  let fault: string | undefined;
  for (let call = 0; call < calls && fault === undefined; call++) {
    const name = mixedCall(booted, draw);
    done.set(name, (done.get(name) ?? 0) + 1);
    fault = check.afterCall() ?? (call % WHOLE_EVERY === 0 ? check.whole() : undefined);
    fault ??= booted.machine.isQuiescent() ? undefined : "something is still running";
    if (fault !== undefined) fault = `call ${call}, ${name}: ${fault}`;
  }
  fault ??= check.whole();
  return { fault, done, kernel: booted };
}
