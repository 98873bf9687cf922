import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import type { Counterexample } from "../../../model/counterexample.ts";
import { sarifText } from "../../../report/formats/sarif.ts";
import { sampleInput } from "./sample-outcome.ts";
import { sampleRun } from "./sample-runs.ts";
import { SARIF_SHAPE } from "./sarif-shape.ts";

interface Log {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly Result[];
  }[];
}

interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly locations: readonly {
    readonly physicalLocation?: { readonly artifactLocation: { readonly uri: string } };
  }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly codeFlows?: readonly {
    readonly threadFlows: readonly {
      readonly id: string;
      readonly locations: readonly { readonly executionOrder: number }[];
    }[];
  }[];
}

const conforms = new Ajv({ allErrors: true }).compile(SARIF_SHAPE);

function resultsOf(text: string): readonly Result[] {
  return (JSON.parse(text) as Log).runs[0]?.results ?? [];
}

function fingerprintOf(run: Counterexample): string | undefined {
  return resultsOf(sarifText(sampleInput([run])))[0]?.partialFingerprints["asilabFailure/v1"];
}

describe("a SARIF log", () => {
  it.each([
    ["in judge mode", sarifText(sampleInput())],
    [
      "in suite mode, with an expectation that was missed",
      sarifText(sampleInput(undefined, { suite: true, gate: ["x"] })),
    ],
    ["of nothing found", sarifText(sampleInput([]))],
  ])("%s has the shape of the standard", (_, text) => {
    conforms(JSON.parse(text));
    expect(conforms.errors).toBeNull();
  });

  it("points each result to its rule", () => {
    const log = JSON.parse(sarifText(sampleInput())) as Log;
    const rules = log.runs[0]?.tool.driver.rules ?? [];
    expect(resultsOf(sarifText(sampleInput())).map(({ ruleId, ruleIndex }) => rules[ruleIndex]?.id === ruleId)).toEqual(
      Array.from({ length: 8 }, () => true),
    );
  });

  it("shows a thread flow per CPU that acts, and every step once in one order", () => {
    const run = sampleRun("progress");
    const [result] = resultsOf(sarifText(sampleInput([run])));
    const flows = result?.codeFlows?.[0]?.threadFlows ?? [];
    expect(flows.map(({ id }) => id)).toEqual(["cpu0", "cpu1"]);
    for (const { id, locations } of flows) {
      expect(locations.map(({ executionOrder }) => `cpu${run.steps[executionOrder - 1]?.action.cpu}`)).toEqual(
        locations.map(() => id),
      );
    }
    const order = flows.flatMap(({ locations }) => locations.map(({ executionOrder }) => executionOrder));
    expect(order.sort((a, b) => a - b)).toEqual(run.steps.map((_, at) => at + 1));
  });

  it("calls a declared break a note in suite mode and an error in judge mode", () => {
    const levels = (suite: boolean): string[] =>
      resultsOf(sarifText(sampleInput(undefined, { suite }))).map(({ level }) => level);
    expect(new Set(levels(true))).toEqual(new Set(["note"]));
    expect(new Set(levels(false))).toEqual(new Set(["error"]));
  });

  it("keeps a result's fingerprint when CPUs are renumbered, and gives other failures others", () => {
    const run = sampleRun("deferred free");
    const mirrored = {
      ...run,
      scope: run.scope.replace("calls=1+2", "calls=2+1"),
      steps: run.steps.map((step) => ({ ...step, action: { ...step.action, cpu: 1 - step.action.cpu } })),
    };
    expect(fingerprintOf(mirrored)).toBe(fingerprintOf(run));
    expect(fingerprintOf(sampleRun("flip"))).not.toBe(fingerprintOf(run));
    expect(fingerprintOf(run)).toMatch(/^canary-forget-one-cpu:S1-[0-9a-f]{16}$/);
  });

  it("names the counterexample file by a URI, whatever its name", () => {
    const input = sampleInput([sampleRun("flip")]);
    const files = ["asilab-out/a b#%?é\u{1f600}.json", "/tmp/x y.json", "asilab-out/\ud800.json"];
    const uris = files.map((file) => {
      const written = input.written.map((found) => ({ ...found, file }));
      return resultsOf(sarifText({ ...input, written }))[0]?.locations[0]?.physicalLocation?.artifactLocation.uri;
    });
    expect(uris).toEqual([
      "asilab-out/a%20b%23%25%3F%C3%A9%F0%9F%98%80.json",
      "file:///tmp/x%20y.json",
      "asilab-out/%EF%BF%BD.json",
    ]);
  });
});
