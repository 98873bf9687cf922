import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failureSignature, failureStory } from "../../harness/failure-signature.ts";
import type { NamedAction } from "../../model/action.ts";

const RUN: readonly NamedAction[] = [
  { kind: "alloc", cpu: 0, request: "GFP_KERNEL", order: 0 },
  { kind: "step", cpu: 0, level: "task", program: "alloc_pages", step: "pcp_take" },
  { kind: "step", cpu: 0, level: "task", program: "alloc_pages", step: "hand_out" },
  { kind: "free", cpu: 1, pfn: 3, order: 0 },
  { kind: "step", cpu: 1, level: "task", program: "flush_tlb_kernel_range", step: "send_ipi", choice: 0 },
  { kind: "ipi", cpu: 0, peer: 1 },
  { kind: "call", cpu: 2, call: "process_madvise", args: [0, 3] },
  { kind: "free", cpu: 2, pfn: 5, order: 1 },
];

function signed(actions: readonly NamedAction[], claim = "S1"): string {
  return failureSignature({ claim, steps: actions.map((action) => ({ action })) });
}

describe("a failure's signature", () => {
  it("is the digest of its events, CPUs and pages lettered as they are first named", () => {
    expect(failureStory({ claim: "S1", steps: RUN.map((action) => ({ action })) })).toEqual([
      "cpuA alloc GFP_KERNEL [alloc_pages]",
      "cpuB free pageA [flush_tlb_kernel_range]",
      "cpuA ipi cpuB",
      "cpuC call process_madvise(0,3)",
      "cpuC free order 1 pageB",
    ]);
    expect(signed(RUN)).toMatch(/^S1-[0-9a-f]{16}$/);
  });

  it("stays the same under any renumbering of CPUs and pages", () => {
    const places = fc.record({
      cpus: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }),
      pages: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }),
    });
    fc.assert(
      fc.property(places, ({ cpus, pages }) => {
        const renumbered = RUN.map((action) => ({
          ...action,
          cpu: cpus[action.cpu] ?? 0,
          ...(action.pfn === undefined ? {} : { pfn: pages[action.pfn] ?? 0 }),
          ...(action.peer === undefined ? {} : { peer: cpus[action.peer] ?? 0 }),
        }));
        expect(signed(renumbered)).toBe(signed(RUN));
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it("does not count the rounds of a loop", () => {
    expect(signed(RUN.flatMap((action) => (action.step === "pcp_take" ? [action, action, action] : [action])))).toBe(
      signed(RUN),
    );
  });

  it("tells apart another claim, another request, another order of events, and a page used twice", () => {
    const others = [
      signed(RUN, "S3"),
      signed(RUN.map((action) => (action.kind === "alloc" ? { ...action, request: "GFP_ATOMIC" } : action))),
      signed([...RUN].reverse()),
      signed(RUN.map((action) => (action.pfn === undefined ? action : { ...action, pfn: 3 }))),
    ];
    expect(new Set([signed(RUN), ...others]).size).toBe(5);
  });
});
