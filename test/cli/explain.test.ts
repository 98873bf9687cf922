import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { counterexampleText } from "../../harness/counterexample-file.ts";
import { JSON_SCHEMAS } from "../../report/json-schema.ts";
import { counterexampleOf } from "../harness/changed-designs.ts";
import { freshFolder, invoke } from "./invoke.ts";

const FOLDER = freshFolder();
const RUN = counterexampleOf("canary-flips-under-lock", "L1", "flip,cpus=2,calls=1+1,setup=flipped");
const TEXT = counterexampleText(RUN);
const WHOLE = file("whole.itf.json", TEXT);
const SHORT = file("short.itf.json", withoutLastStep(TEXT));
const LOST = file("lost.itf.json", TEXT.replaceAll("canary-flips-under-lock", "flip-probe"));

function file(name: string, text: string): string {
  const path = join(FOLDER, name);
  writeFileSync(path, text);
  return path;
}

function withoutLastStep(text: string): string {
  const json = JSON.parse(text);
  json["#meta"].run.pop();
  json["#meta"].steps--;
  json.states.pop();
  return JSON.stringify(json);
}

describe("explain FILE", () => {
  it("prints four sections in 7-bit text and exits with the claim's own code", async () => {
    const { code, out } = await invoke(["explain", WHOLE, "--ascii"]);
    expect(code).toBe(13);
    for (const title of ["What fails", "What does not matter", "Who wrote what", "When it was past help"])
      expect(out).toContain(`\n${title}`);
    expect(out).toMatch(/^[\n -~]*$/);
  });

  it("--json is a document of its schema, the whole slice in it", async () => {
    const { code, out } = await invoke(["explain", WHOLE, "--json"]);
    const document = JSON_SCHEMAS.explain.parse(JSON.parse(out));
    expect(document).toMatchObject({ exitCode: code, answer: "reproduced", verdict: "violated", claim: "L1" });
    expect(document.explanation?.slice.links).toHaveLength(13);
  });

  it("explains nothing where the claim is not violated, and says so", async () => {
    const { code, out } = await invoke(["explain", SHORT]);
    expect(code).toBe(0);
    expect(out).toContain("nothing to explain");
    const json = await invoke(["explain", SHORT, "--json"]);
    expect(JSON_SCHEMAS.explain.parse(JSON.parse(json.out)).explanation).toBeUndefined();
  });
});

describe("replay FILE of a run that has lost its failure", () => {
  it("finds it nearby, writes it, and exits with the graver code; what it wrote replays", async () => {
    const { code, out } = await invoke(["replay", SHORT, "--out", FOLDER]);
    expect(code).toBe(14);
    expect(out).toContain("the failure is found again, by the recording's own actions: L1 is violated");
    const written = /^written to (.+)$/m.exec(out)?.[1] ?? "";
    expect(JSON.parse(readFileSync(written, "utf8"))["#meta"]).toMatchObject({ engine: "refind", steps: 20 });
    expect((await invoke(["replay", written])).code).toBe(13);
  });

  it("--no-refind leaves it at the recorded run", async () => {
    const { code, out } = await invoke(["replay", SHORT, "--no-refind"]);
    expect(code).toBe(0);
    expect(out).not.toContain("found again");
  });

  it("--json says what became of it, by its schema: in a correct design it is gone from the whole scope", async () => {
    const { code, out } = await invoke(["replay", LOST, "--json"]);
    const document = JSON_SCHEMAS.replay.parse(JSON.parse(out));
    expect(document).toMatchObject({ exitCode: code, answer: "diverged", verdict: "holds" });
    expect(code).toBe(14);
    expect(document.refind).toMatchObject({ answer: "holds" });
  });
});
