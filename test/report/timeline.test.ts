import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findDesign } from "../../harness/find-design.ts";
import { placeNames } from "../../harness/machine-for-run.ts";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import { type TimelineOptions, timeline } from "../../report/timeline.ts";

const CANARIES = DESIGNS.filter(({ canary, worlds }) => canary && worlds === undefined).map((design) => design.id);

function runsOf(id: string, scope: string): Counterexample[] {
  return [...verifyDesign(findDesign(id), { scope: parseScope(scope) }).counterexamples.values()];
}

function draw(run: Counterexample, more: Partial<TimelineOptions> = {}): string[] {
  return timeline(run, { places: more.places ?? placeNames(run), file: "asilab-out/x.itf.json", ...more });
}

const FORGETS = runsOf("canary-forget-one-cpu", "cpus=2,pages=8,calls=2+2");
const [S1] = FORGETS as [Counterexample];

describe("a timeline", () => {
  it.each(CANARIES)("of each claim of %s numbers its events as the counterexample counts them", (id) => {
    for (const run of runsOf(id, "cpus=2,pages=8,calls=2+2")) {
      const numbers = draw(run).map((line) => /^ *(\d+)(✗| ) /.exec(line));
      const last = numbers.findLast((found) => found !== null);
      expect([last?.[1], last?.[2]]).toEqual([String(run.events), "✗"]);
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
  ])(
    "of %i CPUs is at most 78 columns wide, so that a quoted line fits a terminal, events and steps alike",
    (cpus, scope) => {
      const runs = [...runsOf("canary-forget-one-cpu", scope), ...runsOf("canary-lost-wakeup", scope)];
      expect(runs.length).toBeGreaterThan(0);
      for (const run of runs) {
        for (const lines of [draw(run), draw(run, { steps: true }), draw(run, { ascii: true })]) {
          expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(78);
          expect(lines.find((line) => line.includes("cpu0"))).toContain(`cpu${cpus - 1}`);
        }
      }
    },
  );

  it("takes the width it is given, down to 60 columns", () => {
    for (const width of [120, 60]) {
      const lines = draw(S1, { width });
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    }
    expect(draw(S1, { width: 10 })).toEqual(draw(S1, { width: 60 }));
  });

  it("stays plain and narrow whatever the names in a file are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 120 }), (name) => {
        const steps = S1.steps.map((step) => ({ ...step, action: { ...step.action, request: name, program: name } }));
        const lines = draw({ ...S1, design: name, witness: name, engine: name, steps }, { places: [] });
        for (const line of lines) {
          expect(line.length).toBeLessThanOrEqual(78);
          expect(line).toMatch(/^[ -~→…│─▶◀┼×✗–−·←]*$/);
        }
      }),
      { seed: 3, numRuns: 20 },
    );
  });

  it("keeps a long file name one word, on a line of its own", () => {
    const file = `asilab-out/${"long-".repeat(20)}.itf.json`;
    expect(draw(S1, { file }).slice(-2)).toEqual(["replay: npx asilab replay \\", `  ${file}`]);
  });

  it("keeps to printable ASCII on request, whatever the file named things", () => {
    expect(draw(S1, { ascii: true }).join("\n")).toMatch(/^[\n -~]+$/);
    expect(draw({ ...S1, witness: "größer 日本 \u001b[31m" }, { ascii: true }).join("\n")).toMatch(/^[\n -~]+$/);
  });

  it("has one line per micro-step on request", () => {
    const numbered = draw(S1, { steps: true }).filter((line) => /^ *\d+[✗ ] /.test(line));
    expect(numbered).toHaveLength(29);
    expect(numbered[18]).toContain("/await_acks (csd_lock_wait): no");
  });
});
