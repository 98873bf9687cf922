import { join } from "node:path";
import { REPLAY_CLAIMS, type ReplayClaims } from "../harness/trace-replay/options.ts";
import { replayTrace } from "../harness/trace-replay/replay-trace.ts";
import type { TraceReplayResult } from "../harness/trace-replay/result.ts";
import { DESIGNS } from "../impl/designs/registry.ts";
import { traceFiles } from "../platform/trace-files.ts";

const RUNS = 7;
const MEASURED = ["async-free", "no-asi"];

/**
 * Applied events (allocations and frees that became calls) per second of a replay with all claims on, and with those of the
 * structures alone, gunzip and parsing included: the bundled fork sample, and the full recording if `ASILAB_TRACES` names the folder that has it.
 */
export async function benchReplay(print: (line: string) => void): Promise<void> {
  const folder = process.env.ASILAB_TRACES;
  const paths = ["samples/fork-60k.trace.gz", ...(folder === undefined ? [] : [join(folder, "fork.trace.gz")])];
  for (const path of paths) {
    for (const claims of REPLAY_CLAIMS) {
      print(`trace replay, ${path.replace(/^.*\//, "")}, ${claims} claims, ${RUNS} runs each`);
      for (const design of MEASURED) print(await row(path, design, claims));
    }
  }
  print(`  peak memory of this process ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
}

async function row(path: string, id: string, claims: ReplayClaims): Promise<string> {
  const times: number[] = [];
  let last = await replay(path, id, claims);
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    last = await replay(path, id, claims);
    times.push((performance.now() - start) / 1000);
  }
  const sorted = times.sort((a, b) => a - b);
  const applied = last.fates.allocs + last.fates.frees;
  const rate = (count: number, seconds: number | undefined) => (count / (seconds ?? Number.NaN) / 1000).toFixed(0);
  const median = sorted[Math.floor(RUNS / 2)];
  return [
    `  ${id.padEnd(12)} ${last.verdict}: ${rate(applied, median)} k applied events/s`,
    `(slowest ${rate(applied, sorted.at(-1))}, fastest ${rate(applied, sorted[0])}),`,
    `${rate(last.facts.lines, median)} k lines/s, ${rate(last.work.microSteps, median)} k micro-steps/s`,
  ].join(" ");
}

async function replay(path: string, id: string, claims: ReplayClaims): Promise<TraceReplayResult> {
  const design = DESIGNS.find((known) => known.id === id);
  if (design === undefined) throw new Error(`there is no design ${id}`);
  const { open, sideFiles, file } = await traceFiles(path);
  return replayTrace(open, sideFiles, design, { file, claims });
}
