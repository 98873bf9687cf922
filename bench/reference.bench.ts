import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { searchProduct } from "../checker/product-search.ts";
import { referenceModel } from "../test/checker/reference-model.ts";

const REPETITIONS = 5;
const SIZES = [
  { pages: 5, cpus: 2, states: 1_334_363 },
  { pages: 4, cpus: 3, states: 1_387_233 },
] as const;

type Size = (typeof SIZES)[number];

/**
 * Distinct states per second on the reference model, beside Spin's depth-first search on the hand-written Promela text.
 *
 * The two take turns, so that a machine whose speed drifts slows both; a ratio is taken within each turn. Ours includes
 * generating code and the runtime's warming up; Spin's is the time it reports itself, without compilation. `text` is the
 * Promela file.
 */
export async function benchReference(
  print: (line: string) => void,
  text = "test/checker/reference.pml",
): Promise<void> {
  for (const size of SIZES) {
    print(
      `reference model, ${size.pages} pages, ${size.cpus} CPUs: ${size.states.toLocaleString("en")} distinct states`,
    );
    const directory = mkdtempSync(join(tmpdir(), "reference-bench-"));
    try {
      const referee = compileSpin(size, text, directory);
      if (typeof referee === "string") {
        print(`  Spin not measured: ${referee}`);
      }
      const turns = Array.from({ length: REPETITIONS }, () => ({
        spin: typeof referee === "string" ? Number.NaN : referee(),
        ours: secondsOfProductSearch(size),
      }));
      report(print, size, turns);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

interface Turn {
  readonly spin: number;
  readonly ours: number;
}

function report(print: (line: string) => void, { states }: Size, turns: readonly Turn[]): void {
  const mega = (seconds: number): number => states / seconds / 1e6;
  print(`  product search, breadth first   ${spread(turns.map(({ ours }) => mega(ours)))} M states/s`);
  if (turns.every(({ spin }) => !Number.isNaN(spin))) {
    print(`  Spin, depth first, -DNOREDUCE   ${spread(turns.map(({ spin }) => mega(spin)))} M states/s`);
    print(`  ratio within a turn             ${spread(turns.map(({ spin, ours }) => spin / ours))}`);
  }
}

/** Minimum, median and maximum. */
function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const shown = [sorted[0], sorted[sorted.length >> 1], sorted[sorted.length - 1]].map((value) => value.toFixed(2));
  return `min ${shown[0]}  median ${shown[1]}  max ${shown[2]}`;
}

function secondsOfProductSearch({ pages, cpus, states }: Size): number {
  const start = performance.now();
  const result = searchProduct(referenceModel({ pages, cpus }));
  const seconds = (performance.now() - start) / 1000;
  if (result.states !== states || !result.complete) {
    throw new Error(`the product search found ${result.states} states where ${states} were expected`);
  }
  return seconds;
}

/** Answers a function that runs Spin once and tells its seconds, or the reason why there is none. */
function compileSpin({ pages, cpus, states }: Size, text: string, directory: string): (() => number) | string {
  const model = join(process.cwd(), text);
  try {
    execFileSync("spin", ["-a", `-DP=${pages}`, `-DC=${cpus}`, model], { cwd: directory, stdio: "ignore" });
    execFileSync("gcc", ["-O2", "-DNOREDUCE", "-o", "pan", "pan.c"], { cwd: directory, stdio: "ignore" });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return () => {
    const output = execFileSync(join(directory, "pan"), ["-m2000000", "-w22"], { cwd: directory, encoding: "utf8" });
    const stored = Number(/(\d+) states, stored/.exec(output)?.[1]);
    if (stored !== states) {
      throw new Error(`Spin found ${stored} states where ${states} were expected`);
    }
    return Number(/elapsed time ([\d.]+)/.exec(output)?.[1]);
  };
}
