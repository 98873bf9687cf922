import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { InputError } from "../model/failure.ts";
import { unzstd } from "./zstd.ts";

/** Large enough that per-chunk overhead vanishes, small enough to stay in the cache. */
const CHUNK_BYTES = 256 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const XZ_MAGIC = [0xfd, 0x37, 0x7a, 0x58];

/**
 * Opens a file, or standard input for `-`, as a stream of bytes; gzip and zstd are recognised by their first bytes and
 * undone.
 *
 * - **Cost**: memory of a few chunks, whatever the length or the compression ratio; for zstd also that of its window.
 * - **Errors**: `InputError` with `FILE-MISSING`, `FILE-IS-DIRECTORY`, `FILE-UNREADABLE`, `FILE-EMPTY`, `FILE-FORMAT`
 *   (another compression), `GZ-TRUNCATED`, `GZ-CORRUPT`, `ZST-TRUNCATED`, `ZST-CORRUPT`. The last four can come after
 *   bytes have been delivered.
 */
export async function* openBytes(path: string): AsyncGenerator<Uint8Array> {
  const source = path === "-" ? process.stdin : await openFile(path);
  const name = displayName(path);
  let delivered = false;
  for await (const chunk of undoCompression(source, name)) {
    if (chunk.length === 0) continue;
    delivered = true;
    yield chunk;
  }
  if (!delivered) throw emptyFile(name);
}

/** How a path is called in messages. */
export function displayName(path: string): string {
  return path === "-" ? "standard input" : path;
}

/** The whole of a small file as text; `undefined` if there is none. Errors as `openBytes`, and `FILE-TOO-LARGE`. */
export async function readTextIfPresent(path: string, bytesMax = 16 * 1024 * 1024): Promise<string | undefined> {
  try {
    await stat(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of openBytes(path)) {
    length += chunk.length;
    if (length > bytesMax) throw new InputError("FILE-TOO-LARGE", `${path}: holds more than ${bytesMax} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function openFile(path: string): Promise<Readable> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      throw new InputError("FILE-IS-DIRECTORY", `${path}: this is a directory, not a file.`, "Name a file in it.");
    }
    if (found.isFile() && found.size === 0) throw emptyFile(path);
  } catch (error) {
    throw asInputError(error, path);
  }
  return createReadStream(path, { highWaterMark: CHUNK_BYTES });
}

/** Looks at the first bytes to decide; a source shorter than a magic number is plain. */
async function* undoCompression(source: Readable, name: string): AsyncGenerator<Uint8Array> {
  try {
    const iterator = (source as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    const head = await readHead(iterator, ZSTD_MAGIC.length);
    if (startsWith(head, XZ_MAGIC)) throw otherCompression(name, "xz", "xzcat");
    const whole = resume(head, iterator);
    if (startsWith(head, GZIP_MAGIC)) yield* gunzip(whole);
    else if (startsWith(head, ZSTD_MAGIC)) yield* unzstd(whole, name);
    else yield* whole;
  } catch (error) {
    throw asInputError(error, name);
  } finally {
    source.destroy();
  }
}

async function* gunzip(compressed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const inflate = createGunzip({ chunkSize: CHUNK_BYTES });
  const feeding = feed(compressed, inflate);
  try {
    yield* inflate as AsyncIterable<Uint8Array>;
    await feeding;
  } finally {
    inflate.destroy();
  }
}

/** Writes the source into the inflater, waiting when it is full. A failure of either side surfaces in the reader. */
async function feed(source: AsyncIterable<Uint8Array>, inflate: ReturnType<typeof createGunzip>): Promise<void> {
  try {
    for await (const chunk of source) {
      if (inflate.destroyed) return;
      if (!inflate.write(chunk)) await drained(inflate);
    }
    inflate.end();
  } catch (error) {
    inflate.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

function drained(inflate: ReturnType<typeof createGunzip>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      inflate.off("drain", done);
      inflate.off("close", done);
      resolve();
    };
    inflate.on("drain", done);
    inflate.on("close", done);
  });
}

async function readHead(iterator: AsyncIterator<Uint8Array>, bytes: number): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < bytes) {
    const next = await iterator.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

async function* resume(head: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

function emptyFile(name: string): InputError {
  return new InputError("FILE-EMPTY", `${name}: the file is empty.`, "Name another file, or write it again.");
}

function otherCompression(name: string, format: string, command: string): InputError {
  return new InputError(
    "FILE-FORMAT",
    `${name}: compressed with ${format}; plain text, gzip and zstd are read.`,
    `Unpack it in front: ${command} FILE | asilab … -`,
  );
}

/** A system error in the user's words; everything else passes unchanged. */
function asInputError(error: unknown, name: string): unknown {
  switch (codeOf(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return new InputError(
        "FILE-MISSING",
        `${name}: there is no such file.`,
        `Look at what there is: ls ${dirname(name)}`,
      );
    case "EISDIR":
      return new InputError("FILE-IS-DIRECTORY", `${name}: this is a directory, not a file.`, "Name a file in it.");
    case "EACCES":
    case "EPERM":
      return new InputError(
        "FILE-UNREADABLE",
        `${name}: no permission to read it.`,
        `Look at whose it is: ls -l ${name}`,
      );
    case "EIO":
      return new InputError("FILE-UNREADABLE", `${name}: the device failed while reading.`);
    case "Z_BUF_ERROR":
      return new InputError(
        "GZ-TRUNCATED",
        `${name}: the gzip file ends too early; part of it is missing.`,
        "Copy or record it again; nothing of it was used.",
      );
    case "Z_DATA_ERROR":
      return new InputError(
        "GZ-CORRUPT",
        `${name}: the gzip data is damaged.`,
        "Copy or record it again; nothing of it was used.",
      );
    default:
      return error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
