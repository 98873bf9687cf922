import { parseScope } from "../harness/scope.ts";
import { verifyDesign } from "../harness/verify.ts";
import { asyncFree } from "../impl/designs/async-free/design.ts";
import { spread } from "./spread.ts";

const REPETITIONS = 5;

/** Distinct states a second of an implementation's search, every claim and refinement on. */
export async function benchSearch(print: (line: string) => void): Promise<void> {
  const scope = parseScope("cpus=2,pages=8,calls=3+3");
  const rates: number[] = [];
  let states = 0;
  for (let i = 0; i < REPETITIONS; i++) {
    const start = performance.now();
    const report = verifyDesign(asyncFree, { scope });
    const seconds = (performance.now() - start) / 1000;
    states = report.evidence.get("S1")?.states ?? 0;
    rates.push(states / seconds);
  }
  print(`async-free, cpus=2,pages=8,calls=3+3, ${states} states, all claims: ${spread(rates, "states/s")}`);
}
