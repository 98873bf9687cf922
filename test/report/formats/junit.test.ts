import { parse } from "junit2json";
import { describe, expect, it } from "vitest";
import { junitText } from "../../../report/formats/junit.ts";
import { sampleInput } from "./sample-outcome.ts";
import { sampleRun } from "./sample-runs.ts";

type Suites = Extract<NonNullable<Awaited<ReturnType<typeof parse>>>, { testsuite?: unknown }>;

async function read(text: string): Promise<Suites> {
  return (await parse(text)) as Suites;
}

describe("JUnit XML, as junit2json reads it", () => {
  it("has one suite per design and one case per claim, and its counts add up", async () => {
    const suites = await read(junitText(sampleInput()));
    expect(suites.name).toBe("asilab check");
    expect(suites.testsuite?.map(({ name }) => name)).toContain("canary-forget-one-cpu");
    for (const suite of suites.testsuite ?? []) {
      expect(suite.tests).toBe(suite.testcase?.length);
      expect(suite.failures).toBe(suite.testcase?.filter(({ failure }) => failure !== undefined).length);
      expect(suite.skipped).toBe(suite.testcase?.filter(({ skipped }) => skipped !== undefined).length);
    }
    const sum = (key: "tests" | "failures" | "skipped"): number =>
      (suites.testsuite ?? []).reduce((total, suite) => total + Number(suite[key] ?? 0), 0);
    expect([suites.tests, suites.failures, sum("skipped")]).toEqual([sum("tests"), sum("failures"), 2]);
  });

  it("tells of a violation the witness, the kind of claim and the timeline", async () => {
    const run = sampleRun("deferred free");
    const suites = await read(junitText(sampleInput([run])));
    const [failure] = suites.testsuite?.[1]?.testcase?.[0]?.failure ?? [];
    expect(failure?.message).toBe(`violated, as the design declares: ${run.witness}`);
    expect(failure?.type).toBe("safety");
    expect(failure?.inner).toContain("alloc_pages(GFP_KERNEL)");
    expect(failure?.inner).toContain("npx asilab replay asilab-out/canary-forget-one-cpu-S1.itf.json");
  });

  it("says why a claim was skipped", async () => {
    const suites = await read(junitText(sampleInput([])));
    const told = suites.testsuite?.[0]?.testcase?.map(({ skipped }) => skipped?.[0]?.message);
    expect(told).toEqual([
      undefined,
      "unknown: EXHAUSTIVE within scope #1, S2",
      "n/a: not judged in the worlds that were run",
      undefined,
    ]);
  });

  it("passes a break that is as declared in suite mode, and fails what the suite expects beside verdicts", async () => {
    const suites = await read(junitText(sampleInput(undefined, { suite: true, gate: ['S4 <vacuous> & "so" ]]>'] })));
    expect(suites.failures).toBe(1);
    expect(suites.testsuite?.at(-1)?.testcase?.[0]?.failure?.[0]?.message).toBe('S4 <vacuous> & "so" ]]>');
  });
});
