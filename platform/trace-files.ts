import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { companionPaths } from "../harness/trace/meta.ts";
import type { TraceSource } from "../harness/trace-replay/trace-source.ts";
import { displayName, openBytes, readTextIfPresent } from "./byte-source.ts";

/** A trace and what lies beside it. `dispose` removes what was copied to be read twice. */
export interface TraceFiles extends TraceSource {
  dispose(): Promise<void>;
}

/**
 * Finds what belongs to a trace: `dir/net.trace.gz` has `dir/net.meta.json` and `dir/net.before/freeblocks.txt.gz`, either of
 * which may be missing. Standard input is packed into a temporary file, since a trace without them is read twice.
 *
 * - **Errors**: those of `openBytes`, when a file that is there cannot be read.
 */
export async function traceFiles(path: string): Promise<TraceFiles> {
  if (path === "-") return spooled(openBytes(path), displayName(path));
  const beside = companionPaths(path);
  const text = await readTextIfPresent(beside.meta);
  const meta = text === undefined ? {} : { meta: { file: beside.meta, text } };
  const blocks = { file: beside.freeBlocks, open: () => openBytes(beside.freeBlocks) };
  return {
    file: displayName(path),
    open: () => openBytes(path),
    sideFiles: (await exists(beside.freeBlocks)) ? { ...meta, freeBlocks: blocks } : meta,
    dispose: async () => {},
  };
}

/** Keeps a stream that can be read only once where it can be read again. Units: on disk about a tenth of its length. */
export async function spooled(bytes: AsyncIterable<Uint8Array>, file: string): Promise<TraceFiles> {
  const folder = await mkdtemp(join(tmpdir(), "asilab-trace-"));
  const dispose = () => rm(folder, { recursive: true, force: true });
  const copy = join(folder, "trace.gz");
  try {
    await pipeline(bytes, createGzip({ level: 1 }), createWriteStream(copy));
  } catch (error) {
    await dispose();
    throw error;
  }
  return { file, open: () => openBytes(copy), sideFiles: {}, dispose };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
