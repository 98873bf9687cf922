import { stat } from "node:fs/promises";
import { companionPaths } from "../harness/trace/meta.ts";
import type { TraceSource } from "../harness/trace-replay/trace-source.ts";
import { InputError } from "../model/failure.ts";
import { displayName, openBytes, readTextIfPresent } from "./byte-source.ts";

/**
 * Finds what belongs to a trace: `dir/net.trace.gz` has `dir/net.meta.json` and `dir/net.before/freeblocks.txt.gz`, either of
 * which may be missing.
 *
 * - **Errors**: those of `openBytes`, when a file that is there cannot be read; `TRACE-STDIN` for `-`.
 */
export async function traceFiles(path: string): Promise<TraceSource> {
  if (path === "-") {
    throw new InputError(
      "TRACE-STDIN",
      "a trace without a meta file and a free map is read twice, and standard input can be read once",
      "put it into a file first",
    );
  }
  const beside = companionPaths(path);
  const text = await readTextIfPresent(beside.meta);
  const meta = text === undefined ? {} : { meta: { file: beside.meta, text } };
  const blocks = { file: beside.freeBlocks, open: () => openBytes(beside.freeBlocks) };
  return {
    file: displayName(path),
    open: () => openBytes(path),
    sideFiles: (await exists(beside.freeBlocks)) ? { ...meta, freeBlocks: blocks } : meta,
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
