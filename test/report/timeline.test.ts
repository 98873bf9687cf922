import { describe, expect, it } from "vitest";
import { findDesign } from "../../harness/find-design.ts";
import { placeNames } from "../../harness/machine-for-run.ts";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import { timeline } from "../../report/timeline.ts";

const CANARIES = DESIGNS.filter(({ canary, worlds }) => canary && worlds === undefined).map((design) => design.id);

function runsOf(id: string, scope: string): Counterexample[] {
  return [...verifyDesign(findDesign(id), { scope: parseScope(scope) }).counterexamples.values()];
}

function draw(run: Counterexample, more: { readonly steps?: boolean; readonly ascii?: boolean } = {}): string[] {
  return timeline(run, { places: placeNames(run), file: "asilab-out/x.itf.json", ...more });
}

const FORGETS = runsOf("canary-forget-one-cpu", "cpus=2,pages=8,calls=2+2");
const [S1] = FORGETS as [Counterexample];

describe("a timeline", () => {
  it("tells how canary-forget-one-cpu leaks, in four events and the fill that nobody chose", () => {
    expect(draw(S1)).toEqual([
      "S1 violated by canary-forget-one-cpu: A CPU in a protected mode never has a usable translation to",
      "  another principal's secret.",
      "scope: cpus=2,pages=8,geometry=small,mms=2,calls=2+2,setup=fresh",
      "length: 4 events, 29 steps; proven shortest in this scope (search)",
      "",
      "    cpu0 mm0                                    cpu1 mm1",
      " 1  alloc_pages(GFP_KERNEL) → pfn 0: map pfn 0  │",
      " 2  │                                           free_pages(pfn 0): pfn 0 → queue list,",
      "    │                                             workPending := yes",
      " ~  may cache pfn 0 (speculative fill)          │",
      " 3  │                                           asi_async_free: workPending := no, pfn 0",
      "    │                                             → batch list, clear pfn 0, flush pfn 0, no other",
      "    │                                             CPU was asked, pfn 0 → buddy list",
      " 4  │                                           alloc_pages(GFP_HIGHUSER_MOVABLE|__GFP_SENSITIVE)",
      "    │                                             → pfn 0: write secret(mm1) to pfn 0",
      "",
      "=> cpu0 runs mm0 and reaches pfn 0 through a stale translation; the frame holds secret(mm1)",
      "replay: npx asilab replay asilab-out/x.itf.json",
    ]);
  });

  it.each(CANARIES)("of each claim of %s numbers its events as the counterexample counts them", (id) => {
    for (const run of runsOf(id, "cpus=2,pages=8,calls=2+2")) {
      const numbers = draw(run).map((line) => /^ *(\d+) {2}/.exec(line)?.[1]);
      expect(numbers.filter((number) => number !== undefined).at(-1)).toBe(String(run.events));
    }
  });

  it("inserts the fill before the clear for the CPU that the witness names, and for no other", () => {
    for (const run of FORGETS.filter((candidate) => /cpu\d.*pfn|pfn.*cpu\d/.test(candidate.witness))) {
      const cpu = /cpu(\d)/.exec(run.witness)?.[1];
      const lines = draw(run);
      const fills = lines.map((line, at) => ({ line, at })).filter(({ line }) => line.startsWith(" ~"));
      expect(fills).toHaveLength(1);
      expect(fills[0]?.line.startsWith(" ~  may cache") ? "0" : "1").toBe(cpu);
      expect(lines.slice(fills[0]?.at).join(" ")).toContain(" clear");
      expect(lines.slice(0, fills[0]?.at).join(" ")).not.toContain(" clear");
    }
  });

  it.each([
    [2, "cpus=2,pages=8,calls=2+2"],
    [3, "cpus=3,pages=8,calls=1+1+1"],
    [4, "cpus=4,pages=8,calls=1+1+1+0"],
  ])("of %i CPUs is at most 100 columns wide, events and steps alike", (cpus, scope) => {
    const runs = [...runsOf("canary-forget-one-cpu", scope), ...runsOf("canary-lost-wakeup", scope)];
    expect(runs.length).toBeGreaterThan(0);
    for (const run of runs) {
      for (const lines of [draw(run), draw(run, { steps: true })]) {
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
        expect(lines.find((line) => line.includes("cpu0 mm0"))).toContain(`cpu${cpus - 1} mm`);
      }
    }
  });

  it("keeps to printable ASCII on request", () => {
    expect(draw(S1, { ascii: true }).join("\n")).toMatch(/^[\n -~]+$/);
  });

  it("has one line per micro-step on request", () => {
    const numbered = draw(S1, { steps: true }).filter((line) => /^ *\d+ {2}/.test(line));
    expect(numbered).toHaveLength(29);
    expect(numbered[18]).toContain("flush_tlb_kernel_range/await_acks: no other CPU");
  });
});
