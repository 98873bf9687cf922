import { explore } from "../harness/exploration.ts";
import { findDesign } from "../harness/find-design.ts";
import { parseScope } from "../harness/scope.ts";
import { spread } from "./spread.ts";

const REPETITIONS = 5;

const WORLDS: readonly (readonly [design: string, scope: string])[] = [
  ["async-free", "cpus=2,pages=8,calls=3+3"],
  ["flip-probe", "flip,calls=3+3"],
];

/** Distinct states a second of an implementation's search, every claim and refinement on, reductions off. */
export async function benchSearch(print: (line: string) => void): Promise<void> {
  for (const [id, text] of WORLDS) {
    const [design, scope] = [findDesign(id), parseScope(text)];
    const rates: number[] = [];
    let states = 0;
    for (let i = 0; i < REPETITIONS; i++) {
      const start = performance.now();
      states = explore(design, scope).states;
      rates.push(states / ((performance.now() - start) / 1000));
    }
    print(`${id}, ${text}, ${states} states, all claims: ${spread(rates, "states/s")}`);
  }
}
