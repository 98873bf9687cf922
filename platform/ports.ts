import { InputError } from "../model/failure.ts";
import { writeAtomically } from "./atomic-write.ts";
import { openBytes, readTextIfPresent } from "./byte-source.ts";
import { nowMs } from "./clock.ts";

/** What the outside world offers; handed to whoever needs it, so that everything else runs without one. */
export interface Ports {
  /** A file, or standard input for `-`, as bytes; gzip and zstd are undone. */
  openBytes(path: string): AsyncIterable<Uint8Array>;
  /** The whole of a file. Errors: `InputError` FILE-…, GZ-…. */
  readText(path: string): Promise<string>;
  readTextIfPresent(path: string): Promise<string | undefined>;
  writeText(path: string, text: string): Promise<void>;
  nowMs(): number;
  /** Largest resident memory so far, in MiB. */
  peakMemoryMiB(): number;
}

/** Files of this size are no counterexamples. */
const TEXT_BYTES_MAX = 256 * 1024 * 1024;

export const PORTS: Ports = {
  openBytes,
  readText,
  readTextIfPresent: (path) => readTextIfPresent(path),
  writeText: writeAtomically,
  nowMs,
  peakMemoryMiB: () => Math.round(process.resourceUsage().maxRSS / 1024),
};

async function readText(path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of openBytes(path)) {
    length += chunk.length;
    if (length > TEXT_BYTES_MAX)
      throw new InputError("FILE-TOO-LARGE", `${path}: holds more than ${TEXT_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
