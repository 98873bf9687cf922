import { describe, expect, it } from "vitest";
import { ktapText } from "../../../report/formats/ktap.ts";
import { readKtap } from "./read-ktap.ts";
import { sampleInput } from "./sample-outcome.ts";
import { sampleRun } from "./sample-runs.ts";

const [JUDGED, SUITE] = [ktapText(sampleInput()), ktapText(sampleInput(undefined, { suite: true }))];
const FORGETS = [sampleRun("deferred free")];

describe("KTAP", () => {
  it.each([
    ["in judge mode", JUDGED],
    ["in suite mode", SUITE],
    [
      "of a suite that misses an expectation",
      ktapText(sampleInput(FORGETS, { suite: true, gate: ["S4 is vacuous # a\nb"] })),
    ],
  ])("%s keeps the rules of the kernel's document", (_, text) => {
    expect(readKtap(text).faults).toEqual([]);
  });

  it("has one test per design, in it one per claim, and skips with the reason what nobody decided", () => {
    const [first, second] = readKtap(JUDGED).tests;
    expect(first?.tests.map(({ name, result, told }) => [name, result, told])).toEqual([
      ["S1", "ok", "EXHAUSTIVE within scope #1, S1"],
      ["S2", "skip", "unknown: EXHAUSTIVE within scope #1, S2"],
      ["S4", "skip", "n/a: not judged in the worlds that were run"],
      ["L4", "ok", "EXHAUSTIVE within scope #1, L4"],
    ]);
    expect([first?.result, second?.result, second?.told]).toEqual(["ok", "not ok", "1 of 2 claims failed"]);
  });

  it("calls a violation that is as declared ok in suite mode, and not ok in judge mode", () => {
    const [judged, suite] = [JUDGED, SUITE].map((text) => readKtap(text).tests[1]?.tests[0]);
    expect([judged?.result, judged?.told]).toEqual(["not ok", "violated, as the design declares"]);
    expect([suite?.result, suite?.told]).toEqual(["ok", "violated, as declared"]);
  });

  it("ends in suite mode with a test of the expectations that no claim can fail", () => {
    const last = (gate: string[]): unknown =>
      readKtap(ktapText(sampleInput(FORGETS, { suite: true, gate }))).tests.at(-1);
    expect(last([])).toMatchObject({ name: "expectations", result: "ok" });
    expect(last(["S4 is vacuous"])).toMatchObject({ name: "expectations", result: "not ok" });
  });

  it("fails what is unknown only where completeness is required", () => {
    const strict = readKtap(ktapText(sampleInput(FORGETS, { requireComplete: true }))).tests[0];
    expect(strict?.tests[1]).toMatchObject({ name: "S2", result: "not ok" });
    expect(strict?.result).toBe("not ok");
  });

  it("tells how a failed claim fails, in diagnostic lines before its result", () => {
    const text = ktapText(sampleInput(FORGETS)).split("\n");
    const result = text.indexOf("  not ok 1 S1 # violated, as the design declares");
    expect(text.slice(0, result).findLast((line) => line.startsWith("  # =>"))).toContain("reaches pfn 0");
  });
});
