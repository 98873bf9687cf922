import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { searchProduct } from "../../checker/product-search.ts";
import { referenceModel } from "./reference-model.ts";

const TEXT = fileURLToPath(new URL("./reference.pml", import.meta.url));

describe("the reference model, refereed by Spin on a hand-written Promela text", () => {
  test.for([
    { pages: 3, cpus: 2 },
    { pages: 4, cpus: 2 },
  ])(
    "same states and, but for the initial one, transitions at $pages pages, $cpus CPUs",
    ({ pages, cpus }, context) => {
      const reason = whatIsMissing();
      context.skip(reason !== undefined, reason);
      const { states, transitions } = searchProduct(referenceModel({ pages, cpus }));
      const spin = runSpin([`-DP=${pages}`, `-DC=${cpus}`]);
      expect(spin).toEqual({ states, transitions: transitions + 1, errors: 0 });
    },
  );

  test("the shootdown that does not wait violates the claim there too", (context) => {
    const reason = whatIsMissing();
    context.skip(reason !== undefined, reason);
    expect(runSpin(["-DP=2", "-DC=1", "-DBROKEN"]).errors).toBe(1);
  });
});

function whatIsMissing(): string | undefined {
  const missing = [
    ["spin", "-V"],
    ["gcc", "--version"],
  ].filter(([command, flag]) => !runs(command, flag));
  return missing.length === 0 ? undefined : `not installed: ${missing.map(([command]) => command).join(", ")}`;
}

function runs(command: string, flag: string): boolean {
  try {
    execFileSync(command, [flag], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

interface SpinCounts {
  readonly states: number;
  readonly transitions: number;
  readonly errors: number;
}

function runSpin(defines: readonly string[]): SpinCounts {
  const directory = mkdtempSync(join(tmpdir(), "reference-spin-"));
  try {
    execFileSync("spin", ["-a", ...defines, TEXT], { cwd: directory, stdio: "ignore" });
    execFileSync("gcc", ["-O2", "-DNOREDUCE", "-o", "pan", "pan.c"], { cwd: directory, stdio: "ignore" });
    const report = execFileSync(join(directory, "pan"), ["-m200000", "-w20"], { cwd: directory, encoding: "utf8" });
    return {
      states: numberBefore(report, "states, stored"),
      transitions: numberBefore(report, "transitions"),
      errors: Number(/errors: (\d+)/.exec(report)?.[1]),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function numberBefore(report: string, words: string): number {
  return Number(new RegExp(`(\\d+) ${words}`).exec(report)?.[1]);
}
