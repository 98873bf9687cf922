import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Why Spin cannot be asked on this machine, if it cannot. */
export function whatSpinLacks(): string | undefined {
  const missing = [
    ["spin", "-V"],
    ["gcc", "--version"],
  ].filter(([command, flag]) => !runs(command, flag));
  return missing.length === 0 ? undefined : `not installed: ${missing.map(([command]) => command).join(", ")}`;
}

/**
 * Explores a Promela text exhaustively and collects the lines `OUTCOME variant registers` that it prints on the way.
 *
 * One compilation serves all variants: the text picks one at its start. A fault is the register value 9 there.
 *
 * - **Shapes, units**: an entry for each variant number met, sorted outcomes in each.
 * - **Errors**: throws if the text does not compile, or the search was cut short.
 */
export function spinOutcomes(name: string): Map<number, string[]> {
  const text = fileURLToPath(new URL(`./${name}.pml`, import.meta.url));
  const directory = mkdtempSync(join(tmpdir(), "litmus-spin-"));
  try {
    // -o2 keeps variables that are only printed.
    execFileSync("spin", ["-o2", "-a", text], { cwd: directory, stdio: "ignore" });
    const flags = ["-O0", "-w", "-DSAFETY", "-DNOREDUCE", "-DPRINTF"];
    execFileSync("gcc", [...flags, "-o", "pan", "pan.c"], { cwd: directory, stdio: "ignore" });
    const report = execFileSync(join(directory, "pan"), ["-n", "-E", "-m100000", "-w16"], {
      cwd: directory,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    if (!/errors: 0\b/.test(report) || /search depth too small|Search not completed/.test(report)) {
      throw new Error(`${name}.pml: ${report.split("\n").slice(-30).join("\n")}`);
    }
    return collect(report);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function collect(report: string): Map<number, string[]> {
  const found = new Map<number, Set<string>>();
  for (const [, variant, outcome] of report.matchAll(/OUTCOME (\d+) (.+)/g)) {
    const outcomes = found.get(Number(variant)) ?? new Set();
    outcomes.add((outcome ?? "").replaceAll("=9", "=fault"));
    found.set(Number(variant), outcomes);
  }
  return new Map([...found].map(([variant, outcomes]) => [variant, [...outcomes].sort()]));
}

function runs(command: string | undefined, flag: string | undefined): boolean {
  try {
    execFileSync(command ?? "", [flag ?? ""], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
