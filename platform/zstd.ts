import { Decompress } from "fzstd";
import { InputError } from "../model/failure.ts";
import { ByteQueue } from "./byte-queue.ts";
import { Xxh64 } from "./xxh64.ts";

const MAGIC = 0xfd2f_b528;
const SKIPPABLE = 0x184d_2a50;
const BLOCK_BYTES_MAX = 128 * 1024;
/** What the zstd tool undoes unasked; `--long=31` files need more, and say so. */
const WINDOW_BYTES_MAX = 128 * 1024 * 1024;
const BLOCK_RLE = 1;

/**
 * Undoes zstd: any number of frames, skippable ones included, block by block.
 *
 * The frames are taken apart here so that one block at a time reaches the decompressor (memory then follows the window,
 * not the compression ratio), and so that check sums are compared: a damaged block may unpack to other text without them.
 *
 * - **Cost**: memory of the frame's window (8 MiB at most up to level 19, 128 MiB is refused beyond) and two blocks.
 * - **Errors**: `ZST-TRUNCATED`, `ZST-CORRUPT`, and `FILE-FORMAT` for a dictionary or a larger window.
 * - **Source**: RFC 8878, section 3.1.
 */
export async function* unzstd(compressed: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const queue = new ByteQueue(compressed);
  while (await queue.has(1)) {
    const magic = uint32(await need(queue, 4, name));
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE) await skip(queue, uint32(await need(queue, 4, name)), name);
    else if (magic === MAGIC) yield* unpackFrame(queue, name);
    else throw corrupt(name);
  }
}

interface FrameHeader {
  /** Everything from the magic number to the first block, as the decompressor wants it. */
  readonly bytes: Uint8Array;
  readonly checked: boolean;
}

async function* unpackFrame(queue: ByteQueue, name: string): AsyncGenerator<Uint8Array> {
  const header = await readHeader(queue, name);
  const unpacked: Uint8Array[] = [];
  const decompress = new Decompress((data) => {
    if (data.length > 0) unpacked.push(data);
  });
  const hash = new Xxh64();
  let pending = header.bytes;
  for (let last = false; !last; ) {
    const block = await readBlock(queue, name);
    last = block.last;
    const sum = last && header.checked ? await need(queue, 4, name) : new Uint8Array(0);
    push(decompress, Buffer.concat([pending, block.bytes, sum]), last, name);
    pending = new Uint8Array(0);
    for (const data of unpacked.splice(0)) {
      hash.update(data);
      yield data;
    }
    if (sum.length > 0 && hash.low32() !== uint32(sum)) throw corrupt(name);
  }
}

/** The magic number has been read. */
async function readHeader(queue: ByteQueue, name: string): Promise<FrameHeader> {
  const descriptor = (await need(queue, 1, name))[0] ?? 0;
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const rest = await need(queue, (singleSegment ? 0 : 1) + dictionaryBytes + sizeBytes, name);
  if ((descriptor & 0x08) !== 0) throw corrupt(name);
  const dictionary = rest.subarray(singleSegment ? 0 : 1, rest.length - sizeBytes);
  if (dictionary.some((byte) => byte !== 0)) throw unsupported(name, "it was compressed with a dictionary");
  const window = singleSegment ? contentSize(rest.subarray(rest.length - sizeBytes)) : windowSize(rest[0] ?? 0);
  if (window > WINDOW_BYTES_MAX) throw unsupported(name, `it needs a window of ${Math.ceil(window / 2 ** 20)} MiB`);
  return {
    bytes: Buffer.concat([Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, descriptor), rest]),
    checked: (descriptor & 0x04) !== 0,
  };
}

async function readBlock(queue: ByteQueue, name: string): Promise<{ bytes: Uint8Array; last: boolean }> {
  const head = await need(queue, 3, name);
  const word = (head[0] ?? 0) | ((head[1] ?? 0) << 8) | ((head[2] ?? 0) << 16);
  const kind = (word >> 1) & 3;
  const size = word >> 3;
  if (size > BLOCK_BYTES_MAX || kind === 3) throw corrupt(name);
  const body = await need(queue, kind === BLOCK_RLE ? 1 : size, name);
  return { bytes: Buffer.concat([head, body]), last: (word & 1) !== 0 };
}

/** The decompressor trusts its input: whatever a damaged block makes it do, from a wrong index to a wrong length. */
function push(decompress: Decompress, bytes: Uint8Array, last: boolean, name: string): void {
  try {
    decompress.push(bytes, last);
  } catch {
    throw corrupt(name);
  }
}

async function need(queue: ByteQueue, bytes: number, name: string): Promise<Uint8Array> {
  if (await queue.has(bytes)) return queue.take(bytes);
  throw new InputError(
    "ZST-TRUNCATED",
    `${name}: the zstd file ends too early; part of it is missing.`,
    "Copy or record it again; nothing of it was used.",
  );
}

async function skip(queue: ByteQueue, bytes: number, name: string): Promise<void> {
  for (let left = bytes; left > 0; ) {
    const step = Math.min(left, BLOCK_BYTES_MAX);
    await need(queue, step, name);
    left -= step;
  }
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentSize(bytes: Uint8Array): number {
  const size = bytes.reduceRight((value, byte) => value * 256 + byte, 0);
  return bytes.length === 2 ? size + 256 : size;
}

function uint32(bytes: Uint8Array): number {
  return bytes.subarray(0, 4).reduceRight((value, byte) => value * 256 + byte, 0);
}

function corrupt(name: string): InputError {
  return new InputError(
    "ZST-CORRUPT",
    `${name}: the zstd data is damaged.`,
    "Copy or record it again; nothing of it was used.",
  );
}

function unsupported(name: string, why: string): InputError {
  return new InputError(
    "FILE-FORMAT",
    `${name}: this zstd file is not undone here: ${why}.`,
    "Unpack it in front: zstd -dc --long=31 FILE | asilab … -",
  );
}
