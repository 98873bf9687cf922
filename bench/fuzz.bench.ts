import { type Arena, Arenas } from "../harness/fuzz/arena.ts";
import { runSchedule } from "../harness/fuzz/run-source.ts";
import { parseScope } from "../harness/scope.ts";
import { asyncFree } from "../impl/designs/async-free/design.ts";
import { actorOf, pairsFrom, preferenceOf, type Schedule } from "../properties/arbitraries/schedule.ts";

const RUNS = 9;
const PAIRS = 300_000;

const WORLDS = [
  { pages: 8, scope: "cpus=2,pages=8" },
  { pages: 4096, scope: "cpus=2,pages=4096,geometry=x86-64" },
] as const;

/**
 * Micro-steps per second of random runs of async-free, at 8 and at 4,096 pages: with every claim judged after each step, and
 * without, which is what the machine and the scheduler take.
 *
 * - **Shapes, units**: per second of processor time, so that a busy machine does not count; single pages, two allocations wished
 *   for every free, so that most of memory is soon in use, as on a real machine. The two kinds of run take turns.
 */
export async function benchFuzz(print: (line: string) => void): Promise<void> {
  print(`random runs of async-free, ${PAIRS.toLocaleString("en")} pairs, ${RUNS} runs each`);
  for (const { pages, scope } of WORLDS) {
    const test = caseOf(scope, pages);
    const arenas = new Arenas(asyncFree, parseScope(scope));
    const rates: Record<"judged" | "bare", number[]> = { judged: [], bare: [] };
    for (let i = -2; i < RUNS; i++) {
      const judged = rateOf(() => runSchedule(arenas.at(test), test.schedule, () => true).steps);
      const bare = rateOf(() => runBare(arenas.at(test), test.schedule));
      if (i < 0) continue;
      rates.judged.push(judged);
      rates.bare.push(bare);
    }
    print(row(`${pages} pages, all claims`, rates.judged));
    print(row(`${pages} pages, no claims`, rates.bare));
  }
}

function caseOf(scope: string, pages: number): Parameters<Arenas["at"]>[0] & { readonly schedule: Schedule } {
  const { cpus, mms } = parseScope(scope);
  return {
    world: { cpus, pages, mms, irq: false, preempt: false, modes: false },
    workload: { sizes: ["page"], frees: 1 },
    schedule: pairsFrom(1, PAIRS),
  };
}

/** The same walk with nobody watching. */
function runBare({ machine, picker }: Arena, schedule: Schedule): number {
  let steps = 0;
  for (const pair of schedule) {
    const action = picker.pick(actorOf(pair, machine.world.cpus), preferenceOf(pair));
    if (action < 0) continue;
    machine.clearStep();
    if (!machine.perform(action)) continue;
    steps++;
    for (let cpu = 0; cpu < machine.world.cpus; cpu++) if (machine.quotaOf(cpu) < 100) machine.grant(cpu, 200);
  }
  return steps;
}

function rateOf(run: () => number): number {
  const start = process.cpuUsage();
  const steps = run();
  const { user, system } = process.cpuUsage(start);
  return steps / (user + system);
}

function row(label: string, rates: readonly number[]): string {
  const sorted = [...rates].sort((a, b) => a - b);
  const text = (rate: number | undefined) => (rate ?? Number.NaN).toFixed(2).padStart(5);
  const median = sorted[Math.floor(sorted.length / 2)];
  return `  ${label.padEnd(24)} ${text(median)} M micro-steps/s (slowest ${text(sorted[0])}, fastest ${text(sorted.at(-1))})`;
}
