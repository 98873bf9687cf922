import { stat } from "node:fs/promises";
import { companionPaths } from "../harness/trace/meta.ts";
import type { TraceSource } from "../harness/trace-replay/trace-source.ts";
import { displayName, openBytes, readTextIfPresent } from "./byte-source.ts";

/**
 * Finds what belongs to a trace: `dir/net.trace.gz` has `dir/net.meta.json` and `dir/net.before/freeblocks.txt.gz`, either of
 * which may be missing.
 *
 * - **Errors**: those of `openBytes`, when a file that is there cannot be read.
 */
export async function traceFiles(path: string): Promise<TraceSource> {
  const file = displayName(path);
  const open = () => openBytes(path);
  if (path === "-") return { file, open, sideFiles: {} };
  const beside = companionPaths(path);
  const text = await readTextIfPresent(beside.meta);
  const hasFreeBlocks = await exists(beside.freeBlocks);
  return {
    file,
    open,
    sideFiles: {
      ...(text === undefined ? {} : { meta: { file: beside.meta, text } }),
      ...(hasFreeBlocks ? { freeBlocks: { file: beside.freeBlocks, open: () => openBytes(beside.freeBlocks) } } : {}),
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
