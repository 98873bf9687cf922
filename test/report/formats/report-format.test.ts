import { parse } from "junit2json";
import { describe, expect, it } from "vitest";
import { freshFolder, invoke } from "../../cli/invoke.ts";
import { readKtap } from "./read-ktap.ts";

const SCOPE = ["--scope", "cpus=2,pages=8,calls=1+2"];

async function verify(...more: string[]): Promise<{ code: number; out: string; err: string }> {
  return invoke(["verify", "canary-forget-one-cpu", ...SCOPE, "--out", freshFolder(), ...more]);
}

describe("--format", () => {
  it("prints nothing but the document, and keeps the verdict's exit code", async () => {
    const [ktap, junit, sarif, github, json] = await Promise.all(
      ["ktap", "junit", "sarif", "github", "json"].map((format) => verify("--format", format)),
    );
    expect([ktap, junit, sarif, github, json].map((answer) => answer?.code)).toEqual([12, 12, 12, 12, 12]);
    expect(readKtap(ktap?.out ?? "").faults).toEqual([]);
    expect(await parse(junit?.out ?? "")).toMatchObject({ failures: 5 });
    expect(JSON.parse(sarif?.out ?? "")).toMatchObject({ version: "2.1.0" });
    expect(github?.out.split("\n").filter((line) => !/^::(error|notice) title=/.test(line))).toEqual([""]);
    expect(JSON.parse(json?.out ?? "")).toMatchObject({ tool: "asilab", verb: "verify", exitCode: 12 });
  });

  it("refuses a name that is none, with what there is instead", async () => {
    expect(await invoke(["check", "--format", "junti"])).toEqual({
      code: 2,
      out: "",
      err: 'asilab: error UNKNOWN-FORMAT: there is no report format "junti"; did you mean "junit"?\n  try: --format text or json or ktap or junit or sarif or github; of one counterexample: asilab export --help\n',
    });
  });

  it("is not given beside --json", async () => {
    const { code, out, err } = await verify("--format", "ktap", "--json");
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("cannot be used with option");
  });

  it("tells of the specification too", async () => {
    const { code, out } = await invoke(["verify", "--scope", "cpus=1,pages=1", "--format", "ktap"]);
    expect(code).toBe(0);
    const { tests, faults } = readKtap(out);
    expect(faults).toEqual([]);
    expect(tests.map(({ name, result }) => [name, result])).toEqual([["specification", "ok"]]);
  });
});
