import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parseTrace, TraceParser } from "../harness/trace/parser.ts";
import { openBytes } from "../platform/byte-source.ts";

const RUNS = 15;
const CHUNK_BYTES = 256 * 1024;

/**
 * Lines per second of the trace parser: from memory, from a gzipped file, and what unpacking alone takes.
 *
 * Reads the full `fork` recording if `ASILAB_TRACES` names the folder that has it, else the bundled sample.
 */
export async function benchParse(print: (line: string) => void): Promise<void> {
  const folder = process.env.ASILAB_TRACES;
  const path = folder === undefined ? "samples/fork-60k.trace.gz" : join(folder, "fork.trace.gz");
  const packed = readFileSync(path);
  const bytes = gunzipSync(packed);
  const lines = countLines(bytes);
  print(`trace parser, ${lines.toLocaleString("en")} lines, ${(bytes.length / 1e6).toFixed(1)} MB, ${RUNS} runs each`);
  print(row("parse, from memory", lines, await times(() => parseFromMemory(bytes))));
  print(row("gunzip + parse, from file", lines, await times(() => parseFromFile(path))));
  print(row("gunzip + count lines, from memory", lines, await times(() => countLines(gunzipSync(packed)))));
}

function parseFromMemory(bytes: Uint8Array): void {
  const parser = new TraceParser({ kernel: "6.1", file: "memory", onEvent: () => {} });
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) parser.push(bytes.subarray(at, at + CHUNK_BYTES));
  parser.finish();
}

async function parseFromFile(path: string): Promise<void> {
  await parseTrace(openBytes(path), { kernel: "6.1", file: path, onEvent: () => {} });
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}

/** Milliseconds of each run, ascending; two more go before, unmeasured. */
async function times(run: () => unknown): Promise<number[]> {
  const measured: number[] = [];
  for (let i = -2; i < RUNS; i++) {
    const start = performance.now();
    await run();
    if (i >= 0) measured.push(performance.now() - start);
  }
  return measured.sort((a, b) => a - b);
}

function row(label: string, lines: number, sorted: readonly number[]): string {
  const rate = (ms: number | undefined) => (lines / (ms ?? Number.NaN) / 1000).toFixed(2).padStart(5);
  const median = sorted[Math.floor(sorted.length / 2)];
  return `  ${label.padEnd(34)} ${rate(median)} M lines/s (slowest ${rate(sorted.at(-1))}, fastest ${rate(sorted[0])})`;
}
