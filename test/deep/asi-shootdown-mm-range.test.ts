import { describe, expect, test } from "vitest";
import { search } from "../../checker/search.ts";
import { runToCompletion } from "../../harness/run-to-completion.ts";
import { machineFor } from "../../harness/scenario.ts";
import { parseScope } from "../../harness/scope.ts";
import { SearchSystem } from "../../harness/search-system.ts";
import { spacesWith } from "../../harness/worlds/named-world.ts";
import { makeAsiProbe } from "../../impl/designs/asi-probe/design.ts";
import { ACTION, encodeAction } from "../../model/action.ts";
import type { Design } from "../../model/design.ts";
import type { Machine } from "../../model/machine.ts";

/** All that tasks ask for: a secret page. */
const MENU = [{ request: 1, order: 0 }];
/** Links of mms. */
const MM0 = 1;
const MM1 = 2;

const CALLS = [
  { call: "context_switch", args: [MM1] },
  { call: "run_guest", args: [1] },
  { call: "mmap_fault", args: [] },
  { call: "context_switch", args: [MM0] },
] as const;
/** Indices into the calls. */
const RUN_GUEST = 1;
const MMAP_FAULT = 2;
const SWITCH_AWAY = 3;

function probe(mmFlush: { skipSwitching?: boolean }): Design {
  return makeAsiProbe({ id: "probe", title: "", summary: "", transitions: "generations", mmFlush });
}

/**
 * CPU 1 has run mm 1, which maps a secret page of its own into user space, and has gone to mm 0 in the other slot: its
 * restricted PCID of mm 1 still holds the user page. From here CPU 0 may unmap and reuse the page while CPU 1 goes back.
 */
function afterSwitchingAway(design: Design): Machine {
  const scope = parseScope("cpus=2,pages=8,mms=2,calls=0+0");
  const spaces = spacesWith({ slots: 2, user: true });
  const machine = machineFor(design, { ...scope, spaces, callMenu: CALLS }, MENU);
  const make = (kind: number, arg: number): void => {
    machine.grant(1, 1);
    machine.perform(encodeAction(kind, 1, arg));
    runToCompletion(machine, () => {});
  };
  make(ACTION.alloc, 0);
  for (const call of [MMAP_FAULT, RUN_GUEST, SWITCH_AWAY]) make(ACTION.call, call);
  machine.grant(0, 2);
  machine.grant(1, 2);
  machine.clearStep();
  return machine;
}

function explore(design: Design) {
  const system = new SearchSystem(afterSwitchingAway(design));
  const stopWhen = 1 << system.labels.indexOf("S1");
  const result = search(system, { maxStates: 400_000, stopWhen });
  const violated = system.labels.filter((_, bit) => result.violations[bit] !== undefined);
  return { violated, complete: result.complete, states: result.states };
}

describe("flush_tlb_mm_range", () => {
  test("lets no CPU on its way back to an mm keep what the mm has unmapped, exhaustively", () => {
    expect(explore(probe({}))).toEqual({ violated: [], complete: true, states: 112_055 });
  });

  test("that skips a CPU inside switch_mm lets one process read the other's secret (9)", () => {
    expect(explore(probe({ skipSwitching: true })).violated).toContain("S1");
  });
});
