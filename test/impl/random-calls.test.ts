import { describe, expect, test } from "vitest";

import { LEVEL_TASK } from "../../model/kernel.ts";
import { MOMENT } from "../../model/moments.ts";
import { pairsFrom } from "../../properties/arbitraries/schedule.ts";
import { conservation } from "../../properties/safety/s17-conservation.ts";
import { structureFaults } from "./structure.ts";
import { Traffic } from "./traffic.ts";

const CALLS = 50_000;

describe.each(["6.1", "6.12"] as const)("%s, four zones on two nodes", (kernel) => {
  test("50,000 mixed calls keep every page in one place, every count true, every free block where it belongs", () => {
    const traffic = new Traffic({ kernel });
    const { machine } = traffic.zoned;
    const view = { machine } as Parameters<typeof conservation.check>[0];
    let at = 0;
    while (traffic.calls < CALLS) {
      for (const word of pairsFrom(++at, 4096)) {
        traffic.move(word >>> 3);
        const fault = conservation.recheck(view) ?? contextFault(traffic);
        if (fault !== undefined) expect.fail(`${fault.text} (call ${traffic.calls}, ${where(traffic)})`);
      }
      expect(conservation.check(view)).toBeUndefined();
      if (at % 4 === 0) expect(structureFaults(machine)).toEqual([]);
    }
    // What the run is worth: all of this has happened.
    const { seen } = traffic;
    expect(Math.min(traffic.interrupts, seen.drained, seen.claimed, seen.stolen)).toBeGreaterThan(20);
    expect(seen.reserved).toBeGreaterThan(10);
    const skipped = CORE.filter((name) => !ran(traffic, name));
    expect(skipped).toEqual([]);
  }, 120_000);
});

/** Steps that the run has to have taken. */
const CORE = [
  "alloc_pages/next_zone",
  "alloc_pages/refill",
  "alloc_pages/rmqueue",
  "alloc_pages/after_rmqueue",
  "alloc_pages/reserve_highatomic",
  "free_pages/free_bulk",
  "free_pages/free_one_page",
  "drain_pages/drain",
  "alloc_pages_bulk/refill",
  "alloc_pages_bulk/single_done",
  "alloc_pages_exact/tail_free",
  "release_pages/commit",
  "release_pages/free_bulk",
  "release_pages/free_one_page",
  "vmstat_update/fold",
  "unreserve_highatomic_pageblock/unreserve",
];

function ran({ zoned: { k } }: Traffic, name: string): boolean {
  const at = k.table.names().indexOf(name);
  return at >= 0 && k.executed[at] === 1;
}

function contextFault({ zoned: { k } }: Traffic): { text: string } | undefined {
  return k.moments.has(MOMENT.contextFault) ? { text: "a step runs where it must not" } : undefined;
}

function where({ zoned: { k } }: Traffic): string {
  return [0, 1]
    .map((cpu) => (k.depth(cpu, LEVEL_TASK) > 0 ? `cpu${cpu} at ${k.stepAt(cpu, LEVEL_TASK).label}` : `cpu${cpu} idle`))
    .join(", ");
}
