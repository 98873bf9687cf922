import { InputError } from "../../model/failure.ts";
import { BYTE, decimal, hexDigit, skipBlanks, skipDigits } from "./bytes.ts";
import { LineSplitter } from "./line-splitter.ts";
import type { TraceZone } from "./meta.ts";

/** The buddy's free blocks at the trace's first moment, ascending, not overlapping. */
export interface FreeBlocks {
  readonly count: number;
  /** First page and order of block i; the arrays may be longer than `count`. */
  readonly pfn: Float64Array;
  readonly order: Uint8Array;
  /** Sum of the blocks' pages. */
  readonly pages: number;
}

/** Largest order of a free block (MAX_PAGE_ORDER). */
const ORDER_MAX = 10;
const BLOCKS_MAX = 2 ** 26;

/**
 * Reads NAME.before/freeblocks.txt: one block a line, first page in hexadecimal and order, `#` for comments.
 *
 * - **Errors**: `FREE-MAP` with file and line: no such line form, order above 10, a block that is not aligned to its size,
 *   overlaps the one before or lies outside all zones; no block at all.
 */
export async function readFreeBlocks(
  source: AsyncIterable<Uint8Array>,
  file: string,
  zones: readonly TraceZone[],
): Promise<FreeBlocks> {
  const blocks = new BlockColumns();
  let end = 0;
  const splitter = new LineSplitter(file, (bytes, start, lineEnd, line) => {
    if (start === lineEnd || bytes[start] === BYTE.hash) return;
    const block = parseBlock(bytes, start, lineEnd);
    if (!block) throw refuseMap(file, line, "not `pfn order` (hexadecimal, decimal)");
    const size = 2 ** block.order;
    if (block.pfn % size !== 0) throw refuseMap(file, line, `a block of order ${block.order} cannot begin here`);
    if (block.pfn < end) throw refuseMap(file, line, "this block overlaps or precedes the one before");
    if (!insideOneZone(block.pfn, size, zones))
      throw refuseMap(file, line, "this block lies in no zone of the meta file");
    end = block.pfn + size;
    blocks.add(block.pfn, block.order);
  });
  for await (const chunk of source) splitter.push(chunk);
  splitter.finish();
  if (blocks.count === 0) throw refuseMap(file, splitter.lineCount, "no free block");
  return blocks;
}

interface Block {
  readonly pfn: number;
  readonly order: number;
}

function parseBlock(bytes: Uint8Array, start: number, end: number): Block | undefined {
  let at = start;
  let pfn = 0;
  for (; at < end; at++) {
    const digit = hexDigit(bytes[at]);
    if (digit < 0) break;
    pfn = pfn * 16 + digit;
  }
  if (at === start || at - start > 10 || at >= end || bytes[at] !== BYTE.blank) return undefined;
  const orderAt = skipBlanks(bytes, at, end);
  const orderEnd = skipDigits(bytes, orderAt, end);
  if (orderEnd === orderAt || orderEnd - orderAt > 2 || skipBlanks(bytes, orderEnd, end) !== end) return undefined;
  const order = decimal(bytes, orderAt, orderEnd);
  return order <= ORDER_MAX ? { pfn, order } : undefined;
}

function insideOneZone(pfn: number, size: number, zones: readonly TraceZone[]): boolean {
  return zones.some(({ startPfn, spanned }) => pfn >= startPfn && pfn + size <= startPfn + spanned);
}

class BlockColumns implements FreeBlocks {
  count = 0;
  pages = 0;
  pfn = new Float64Array(1024);
  order = new Uint8Array(1024);

  add(pfn: number, order: number): void {
    if (this.count === this.pfn.length) this.grow();
    this.pfn[this.count] = pfn;
    this.order[this.count] = order;
    this.count++;
    this.pages += 2 ** order;
  }

  private grow(): void {
    const length = this.pfn.length * 2;
    if (length > BLOCKS_MAX)
      throw new InputError("FREE-MAP", `A free map of more than ${BLOCKS_MAX / 2} blocks is not read.`);
    const pfn = new Float64Array(length);
    const order = new Uint8Array(length);
    pfn.set(this.pfn);
    order.set(this.order);
    this.pfn = pfn;
    this.order = order;
  }
}

function refuseMap(file: string, line: number, why: string): InputError {
  return new InputError("FREE-MAP", `${file}:${line}: ${why}.`, "`asilab trace record` prints how to write this file.");
}
