/**
 * Cuts the bundled samples out of full recordings: `node dist/tools/cut-sample.js --from DIR --out samples`.
 *
 * Each sample is the recording's header followed by a window of its lines as they stand; nothing is edited. The same input
 * gives the same bytes on the same Node version, and the same text on any; samples/README.md names both digests.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { constants, gunzipSync, gzipSync } from "node:zlib";

interface Sample {
  readonly name: string;
  readonly recording: string;
  /** Lines of the sample, header included. */
  readonly lines: number;
  /** First line after the header, as numbered in the recording. */
  readonly firstLine: number;
}

const HEADER_LINES = 12;

const SAMPLES: readonly Sample[] = [
  { name: "fork-60k", recording: "fork", lines: 60_000, firstLine: HEADER_LINES + 1 },
  { name: "net-20k", recording: "net", lines: 20_000, firstLine: 20_001 },
];

/** Of the recording's meta file: what stays true of a part of it. */
const META_KEYS_KEPT = [
  "workload",
  "kernel",
  "kernel_version_string",
  "kernel_cmdline",
  "arch",
  "machine",
  "cpus",
  "memory_mb_vm",
  "zones",
  "trace_clock",
  "page_size",
];

const { values } = parseArgs({ options: { from: { type: "string" }, out: { type: "string", default: "samples" } } });
if (values.from === undefined) throw new Error("--from DIR: the folder with the full recordings");
for (const sample of SAMPLES) cut(sample, values.from, values.out);

function cut(sample: Sample, from: string, out: string): void {
  const packed = readFileSync(join(from, `${sample.recording}.trace.gz`));
  const lines = gunzipSync(packed).toString("latin1").split("\n");
  const body = lines.slice(sample.firstLine - 1, sample.firstLine - 1 + sample.lines - HEADER_LINES);
  const text = `${[...lines.slice(0, HEADER_LINES), ...body].join("\n")}\n`;
  const wholeFromStart = sample.firstLine === HEADER_LINES + 1;
  mkdirSync(out, { recursive: true });
  write(join(out, `${sample.name}.trace.gz`), pack(text), text);
  writeMeta(sample, from, out, { packed, lastLine: sample.firstLine + body.length - 1, wholeFromStart });
  if (wholeFromStart) copyFreeMap(sample, from, out);
}

interface CutOf {
  readonly packed: Uint8Array;
  readonly lastLine: number;
  readonly wholeFromStart: boolean;
}

function writeMeta(sample: Sample, from: string, out: string, of: CutOf): void {
  const full = JSON.parse(readFileSync(join(from, `${sample.recording}.meta.json`), "utf8")) as Record<string, unknown>;
  const kept = Object.fromEntries(META_KEYS_KEPT.map((key) => [key, full[key]]));
  const meta = {
    name: sample.name,
    ...kept,
    start_state: of.wholeFromStart ? "recorded" : "inferred",
    start_state_reason: of.wholeFromStart
      ? "The window begins where the recording does; the free map of that moment is in the folder beside."
      : "The window begins inside the recording, where no free map was taken: what is free has to be inferred.",
    cut: {
      recording: `${sample.recording}.trace.gz`,
      recording_sha256: sha256(of.packed),
      header_lines: HEADER_LINES,
      first_line: sample.firstLine,
      last_line: of.lastLine,
      lines: sample.lines,
    },
  };
  writeFileSync(join(out, `${sample.name}.meta.json`), `${JSON.stringify(meta, null, 2)}\n`);
}

function copyFreeMap(sample: Sample, from: string, out: string): void {
  const packed = readFileSync(join(from, `${sample.recording}.before`, "freeblocks.txt.gz"));
  const folder = join(out, `${sample.name}.before`);
  mkdirSync(folder, { recursive: true });
  const text = gunzipSync(packed).toString("latin1");
  write(join(folder, "freeblocks.txt.gz"), pack(text), text);
}

function write(path: string, packed: Uint8Array, text: string): void {
  writeFileSync(path, packed);
  console.log(
    `${path}: ${packed.length} bytes, sha256 ${sha256(packed)}, text sha256 ${sha256(Buffer.from(text, "latin1"))}`,
  );
}

function pack(text: string): Uint8Array {
  return gzipSync(Buffer.from(text, "latin1"), { level: constants.Z_BEST_COMPRESSION });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
