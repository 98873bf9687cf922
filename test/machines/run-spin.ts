import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why Spin cannot be asked here, if so. */
export function whatSpinLacks(): string | undefined {
  const missing = [
    ["spin", "-V"],
    ["gcc", "--version"],
  ].filter(([command, flag]) => !runs(command, flag));
  return missing.length === 0 ? undefined : `not installed: ${missing.map(([command]) => command).join(", ")}`;
}

export interface SpinCounts {
  readonly states: number;
  /** The initial state counts as one. */
  readonly transitions: number;
  readonly errors: number;
}

/**
 * Explores a Promela text whole, depth first and without reduction.
 *
 * - **Shapes, units**: `statesMax` is what the hash table and the search stack are made for; a path is no longer than it.
 */
export function runSpin(text: string, statesMax: number): SpinCounts {
  const directory = mkdtempSync(join(tmpdir(), "product-spin-"));
  try {
    writeFileSync(join(directory, "product.pml"), text);
    execFileSync("spin", ["-a", "product.pml"], { cwd: directory, stdio: "ignore" });
    // Compiling takes longer than running until there are some 10^5 states.
    const flags = [statesMax > 200_000 ? "-O1" : "-O0", "-w", "-DNOREDUCE", "-DSAFETY", "-DNOFAIR", "-DMEMLIM=12000"];
    execFileSync("gcc", [...flags, "-o", "pan", "pan.c"], { cwd: directory, stdio: "ignore" });
    const options = [`-m${statesMax + 1_000}`, `-w${Math.ceil(Math.log2(statesMax)) + 1}`, "-n", "-E"];
    const report = execFileSync(join(directory, "pan"), options, { cwd: directory, encoding: "utf8" });
    if (report.includes("max search depth too small")) throw new Error("Spin's search stack is too small");
    return {
      states: numberBefore(report, "states, stored"),
      transitions: numberBefore(report, "transitions"),
      errors: Number(/errors: (\d+)/.exec(report)?.[1]),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function runs(command: string, flag: string): boolean {
  try {
    execFileSync(command, [flag], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function numberBefore(report: string, words: string): number {
  return Number(new RegExp(`(\\d+) ${words}`).exec(report)?.[1]);
}
