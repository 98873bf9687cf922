import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** A temporary file; whoever asked for it removes it. */
export interface Spooled {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Puts a stream into a temporary file, so that it can be read more than once.
 *
 * - **Errors**: those of the source; nothing is left behind then.
 */
export async function spool(bytes: AsyncIterable<Uint8Array>): Promise<Spooled> {
  const folder = await mkdtemp(join(tmpdir(), "asilab-"));
  const path = join(folder, "stdin.trace");
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(Readable.from(bytes), createWriteStream(path));
    return { path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
