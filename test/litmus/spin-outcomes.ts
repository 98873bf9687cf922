import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { joinPromela } from "./promela-batch.ts";

/** Why Spin cannot be asked on this machine, if it cannot. */
export function whatSpinLacks(): string | undefined {
  const missing = [
    ["spin", "-V"],
    ["gcc", "--version"],
  ].filter(([command, flag]) => !runs(command, flag));
  return missing.length === 0 ? undefined : `not installed: ${missing.map(([command]) => command).join(", ")}`;
}

/** Outcomes by litmus file and number of the variant, sorted. */
export type SpinOutcomes = Map<string, Map<number, string[]>>;

/**
 * Explores the Promela texts beside this file exhaustively and collects the lines `OUTCOME variant registers` that they
 * print on the way. A fault is the register value 9 there.
 *
 * - **Cost**: one compilation for all texts and variants; a text of its own takes a third of a second.
 * - **Errors**: throws if a text does not compile, or the search was cut short.
 */
export function spinOutcomes(names: readonly string[]): SpinOutcomes {
  const directory = mkdtempSync(join(tmpdir(), "litmus-spin-"));
  const inside = { cwd: directory, encoding: "utf8", stdio: "pipe" } as const;
  try {
    writeFileSync(join(directory, "all.pml"), joinPromela(new Map(names.map((name) => [name, preprocessed(name)]))));
    // -o2 keeps variables that are only printed.
    execFileSync("spin", ["-o2", "-a", "all.pml"], inside);
    const flags = ["-O0", "-w", "-DSAFETY", "-DNOREDUCE", "-DPRINTF", "-DVECTORSZ=8192"];
    execFileSync("gcc", [...flags, "-o", "pan", "pan.c"], inside);
    const options = ["-n", "-E", "-m100000", "-w20"];
    const report = execFileSync(join(directory, "pan"), options, { ...inside, maxBuffer: 2 ** 28 });
    if (!/errors: 0\b/.test(report) || /search depth too small|Search not completed/.test(report)) {
      throw new Error(`Spin explored every text whole: ${report.split("\n").slice(-30).join("\n")}`);
    }
    return collect(report);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function preprocessed(name: string): string {
  const text = fileURLToPath(new URL(`./${name}.pml`, import.meta.url));
  return execFileSync("gcc", ["-E", "-P", "-x", "c", text], { encoding: "utf8" });
}

function collect(report: string): SpinOutcomes {
  const found: SpinOutcomes = new Map();
  for (const line of new Set(report.split("\n"))) {
    const [, name = "", variant = "", outcome = ""] = /^OUTCOME (\S+) (\d+) (.+)$/.exec(line.trim()) ?? [];
    if (name === "") continue;
    const variants = found.get(name) ?? new Map<number, string[]>();
    const outcomes = variants.get(Number(variant)) ?? [];
    variants.set(Number(variant), [...outcomes, outcome.replaceAll("=9", "=fault")].sort());
    found.set(name, variants);
  }
  return found;
}

function runs(command: string | undefined, flag: string | undefined): boolean {
  try {
    execFileSync(command ?? "", [flag ?? ""], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
