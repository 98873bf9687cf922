import { expect, test } from "vitest";
import { machineFor } from "../../harness/scenario.ts";
import { parseScope } from "../../harness/scope.ts";
import { broadcastShootdown } from "../../impl/asi/shootdown/broadcast.ts";
import { asiCore } from "../../impl/asi/transitions/core.ts";
import { CORRECT_ASI } from "../../impl/asi/transitions/switches.ts";
import { makeBatchProbe } from "../../impl/designs/batch-probe/design.ts";
import { LEVEL_TASK } from "../../model/kernel.ts";

const shootdown = broadcastShootdown();
const asi = asiCore({ transitions: "flush", switches: CORRECT_ASI });
const design = makeBatchProbe({ id: "probe", title: "", summary: "", asi, shootdown });

/** CPU 0 broadcasts a flush of everything; page 0, which CPU 1 holds, is cleared before INVLPGB or between it and TLBSYNC. */
function flush(choice: number, cleared: "before" | "between"): { before: boolean; after: boolean; choices: number } {
  const { k } = machineFor(design, parseScope("batch-asi"));
  k.spaces.writeCr3(1, k.spaces.rootOf(1, 1), k.spaces.pcidOf(0, 1), false);
  k.hw.setPresent(0);
  if (cleared === "before") k.hw.clearPresent(0);
  k.start(0, LEVEL_TASK, shootdown.flush, 0, 1, 0, 0);
  k.step(0, LEVEL_TASK, 0);
  const choices = k.arity(0, LEVEL_TASK);
  k.step(0, LEVEL_TASK, choice);
  if (cleared === "between") k.hw.clearPresent(0);
  const before = k.hw.discharged(0);
  k.step(0, LEVEL_TASK, 0);
  return { before, after: k.hw.discharged(0), choices };
}

test("a page that is cleared between INVLPGB and TLBSYNC is covered on CPUs that drop the range late, and on no other", () => {
  expect(flush(0, "between")).toEqual({ before: false, after: true, choices: 2 });
  expect(flush(1, "between")).toEqual({ before: false, after: false, choices: 2 });
});

test("a page that is cleared before INVLPGB is always covered by TLBSYNC, and may be used until then", () => {
  expect(flush(0, "before")).toEqual({ before: false, after: true, choices: 2 });
  expect(flush(1, "before")).toEqual({ before: true, after: true, choices: 2 });
});
