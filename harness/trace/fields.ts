import {
  ascii,
  BYTE,
  decimal,
  hexDigit,
  isDigit,
  skipBlanks,
  skipDigits,
  skipToken,
  spanIs,
  startsWith,
  tokenNumber,
} from "./bytes.ts";
import type { EventKind, TraceEvent } from "./event.ts";
import { EVENT } from "./event.ts";
import type { GfpDecoder } from "./gfp-decoder.ts";

/** No machine has this many pages (2^52 bytes of physical address space, 4 KiB each). A raw -1 is beyond it, too. */
const PFN_END = 2 ** 40;
/** Beyond the largest order of any kernel configuration. */
const ORDER_END = 31;

const PFN = ascii("pfn");
const PAGE = ascii("page");
const ORDER = ascii("order");
const MIGRATETYPE = ascii("migratetype");
const GFP_FLAGS = ascii("gfp_flags");
const PERCPU_REFILL = ascii("percpu_refill");
const ALLOC_ORDER = ascii("alloc_order");
const FALLBACK_ORDER = ascii("fallback_order");
const ALLOC_MIGRATETYPE = ascii("alloc_migratetype");
const FALLBACK_MIGRATETYPE = ascii("fallback_migratetype");
const PAGES = ascii("pages");
const REASON = ascii("reason");
const PAGE_IS = ascii("page=");
const PFN_IS = ascii(" pfn=0x");
const ORDER_IS = ascii(" order=");
const PAGES_ARE = ascii("pages:");
/** A reason is a number of one or two digits in parentheses. */
const REASON_TAIL_BYTES = 4;
/** The kernel's word for it, old and new, and that of the C library, which perf and trace-cmd use. */
const NULL_POINTERS = [ascii("(null)"), ascii("(nil)")];

/** Which event a name means. A name that is not ours is `other`. */
export function kindOfName(bytes: Uint8Array, start: number, end: number): EventKind {
  const candidates = NAMES_BY_LENGTH[end - start];
  if (candidates === undefined) return EVENT.other;
  for (const { name, kind } of candidates) if (spanIs(bytes, start, end, name)) return kind;
  return EVENT.other;
}

interface KnownName {
  readonly name: Uint8Array;
  readonly kind: EventKind;
}

const NAMES: readonly KnownName[] = [
  { name: ascii("mm_page_alloc"), kind: EVENT.alloc },
  { name: ascii("mm_page_free"), kind: EVENT.free },
  { name: ascii("mm_page_free_batched"), kind: EVENT.freeBatched },
  { name: ascii("mm_page_alloc_zone_locked"), kind: EVENT.zoneLocked },
  { name: ascii("mm_page_pcpu_drain"), kind: EVENT.pcpuDrain },
  { name: ascii("mm_page_alloc_extfrag"), kind: EVENT.extfrag },
  { name: ascii("tlb_flush"), kind: EVENT.tlbFlush },
  { name: ascii("tracing_mark_write"), kind: EVENT.mark },
];

const NAMES_BY_LENGTH: readonly (readonly KnownName[])[] = Array.from({ length: 32 }, (_, length) =>
  NAMES.filter(({ name }) => name.length === length),
);

/**
 * Reads the fields [pos, end) of a page event, in any order, as `key=value`; `(11308)` between them repeats a value.
 *
 * Answers false if a field that this kind of event always has is missing or is no number: the line is cut or not ours.
 */
export function readPageFields(
  bytes: Uint8Array,
  pos: number,
  end: number,
  event: TraceEvent,
  gfp: GfpDecoder,
): boolean {
  const start = skipBlanks(bytes, pos, end);
  let at = readUsualStart(bytes, start, end, event);
  let pageAt = at > start ? start + PAGE_IS.length : -1;
  while (at < end) {
    let equals = at;
    while (equals < end && bytes[equals] !== BYTE.equals && bytes[equals] !== BYTE.blank) equals++;
    if (equals >= end || bytes[equals] !== BYTE.equals) {
      at = skipBlanks(bytes, equals, end);
      continue;
    }
    const value = equals + 1;
    const valueEnd = skipToken(bytes, value, end);
    // A hash, a wrong address or the pfn again, depending on who printed it: of use only to recognise "no page".
    if (spanIs(bytes, at, equals, PAGE)) pageAt = value;
    else if (!readPageField(bytes, at, equals, value, valueEnd, event, gfp)) return false;
    at = skipBlanks(bytes, valueEnd, end);
  }
  // Old kernels pad: `page=          (null)`.
  return settlePage(event, event.pfn === 0 && pageAt >= 0 && isNullPointer(bytes, skipBlanks(bytes, pageAt, end), end));
}

/**
 * Reads `pages:1 reason:local mm shootdown (3)` of the kernel and perf, the same with `=` of trace-cmd, its raw form
 * `reason=3 pages=1`, or `reason=0x3 (3) pages=0x1 (1)` of `options/fields`.
 */
export function readTlbFlush(bytes: Uint8Array, pos: number, end: number, event: TraceEvent): void {
  let at = skipBlanks(bytes, pos, end);
  if (startsWith(bytes, at, end, PAGES_ARE)) {
    // The usual form: between the pages and the number at the line's end stands prose.
    const pagesEnd = skipToken(bytes, at, end);
    const pages = tokenNumber(bytes, at + PAGES_ARE.length, pagesEnd);
    if (!Number.isNaN(pages)) event.tlbPages = pages;
    at = Math.max(pagesEnd, end - REASON_TAIL_BYTES);
    while (at < end && bytes[at] !== BYTE.openParen) at++;
    readReason(bytes, at, end, event);
    return;
  }
  let key = PAGES;
  while (at < end) {
    const tokenEnd = skipToken(bytes, at, end);
    if (bytes[at] === BYTE.openParen && bytes[tokenEnd - 1] === BYTE.closeParen) {
      const value = tokenNumber(bytes, at + 1, tokenEnd - 1);
      if (!Number.isNaN(value)) setTlbField(event, key, value);
    } else {
      let separator = at;
      while (separator < tokenEnd && bytes[separator] !== BYTE.colon && bytes[separator] !== BYTE.equals) separator++;
      if (spanIs(bytes, at, separator, PAGES)) key = PAGES;
      if (spanIs(bytes, at, separator, REASON)) key = REASON;
      const value = tokenNumber(bytes, separator + 1, tokenEnd);
      if (!Number.isNaN(value)) setTlbField(event, key, value);
    }
    at = skipBlanks(bytes, tokenEnd, end);
  }
}

/**
 * `page=… pfn=0x… order=…`, the order in which the kernel prints by default, without looking up keys: twice as fast.
 *
 * Answers where to go on: `pos`, with nothing read, if the line begins otherwise.
 */
function readUsualStart(bytes: Uint8Array, pos: number, end: number, event: TraceEvent): number {
  if (!startsWith(bytes, pos, end, PAGE_IS)) return pos;
  // Nearly always 16 digits, of no interest: look behind them first.
  let at = pos + PAGE_IS.length + 16;
  if (!startsWith(bytes, at, end, PFN_IS)) {
    at = skipToken(bytes, pos + PAGE_IS.length, end);
    if (!startsWith(bytes, at, end, PFN_IS)) return pos;
  }
  at += PFN_IS.length;
  const pfnStart = at;
  let pfn = 0;
  for (; at < end; at++) {
    const digit = hexDigit(bytes[at]);
    if (digit < 0) break;
    pfn = pfn * 16 + digit;
  }
  if (at === pfnStart || !startsWith(bytes, at, end, ORDER_IS)) return pos;
  at += ORDER_IS.length;
  const orderStart = at;
  let order = 0;
  for (; at < end && isDigit(bytes[at]); at++) order = order * 10 + bytes[at] - BYTE.zero;
  if (at === orderStart || (at < end && bytes[at] !== BYTE.blank)) return pos;
  event.pfn = pfn;
  event.order = order;
  return skipBlanks(bytes, at, end);
}

/** `(3)`. */
function readReason(bytes: Uint8Array, open: number, end: number, event: TraceEvent): void {
  if (open >= end || bytes[end - 1] !== BYTE.closeParen) return;
  const reason = tokenNumber(bytes, open + 1, end - 1);
  if (!Number.isNaN(reason)) event.tlbReason = reason;
}

function setTlbField(event: TraceEvent, key: Uint8Array, value: number): void {
  if (key === REASON) event.tlbReason = value;
  else event.tlbPages = value;
}

function readPageField(
  bytes: Uint8Array,
  key: number,
  keyEnd: number,
  value: number,
  valueEnd: number,
  event: TraceEvent,
  gfp: GfpDecoder,
): boolean {
  if (spanIs(bytes, key, keyEnd, GFP_FLAGS)) {
    // Empty: 6.1 with hash-ptr=0 prints no flags at all.
    if (valueEnd === value) return true;
    event.gfp = gfp.decode(bytes, value, valueEnd, event.line);
    event.gfpKnown = 1;
    return true;
  }
  const known = fieldNumber(bytes, value, valueEnd);
  if (spanIs(bytes, key, keyEnd, PFN)) event.pfn = known;
  else if (spanIs(bytes, key, keyEnd, ORDER) || spanIs(bytes, key, keyEnd, ALLOC_ORDER)) event.order = known;
  else if (spanIs(bytes, key, keyEnd, MIGRATETYPE) || spanIs(bytes, key, keyEnd, ALLOC_MIGRATETYPE))
    event.migratetype = known;
  else if (spanIs(bytes, key, keyEnd, PERCPU_REFILL)) event.percpuRefill = known;
  else if (spanIs(bytes, key, keyEnd, FALLBACK_ORDER)) event.fallbackOrder = known;
  else if (spanIs(bytes, key, keyEnd, FALLBACK_MIGRATETYPE)) event.fallbackMigratetype = known;
  else return true;
  return !Number.isNaN(known);
}

/** Decimal almost always, so that is tried first. */
function fieldNumber(bytes: Uint8Array, value: number, valueEnd: number): number {
  const digitsEnd = skipDigits(bytes, value, valueEnd);
  return digitsEnd === valueEnd && value < valueEnd
    ? decimal(bytes, value, valueEnd)
    : tokenNumber(bytes, value, valueEnd);
}

/** Checks that the event is whole, and turns the kernel's ways of saying "no page" into `failed`. */
function settlePage(event: TraceEvent, pageIsNull: boolean): boolean {
  // `options/fields` leaves the order out of this one; elsewhere it is 0 whatever the truth.
  if (event.kind === EVENT.freeBatched && event.order < 0) event.order = 0;
  if (event.pfn < 0 || event.order < 0 || event.order >= ORDER_END) return false;
  const noPage = event.pfn >= PFN_END || (event.pfn === 0 && pageIsNull);
  if (event.kind === EVENT.alloc) {
    event.failed = noPage ? 1 : 0;
    if (noPage) event.pfn = -1;
    return event.migratetype >= 0;
  }
  return !noPage;
}

/** A word of zeros, with or without `0x`, or a word for it. */
function isNullPointer(bytes: Uint8Array, value: number, end: number): boolean {
  if (value >= end) return false;
  if (bytes[value] === BYTE.openParen) {
    const wordEnd = skipToken(bytes, value, end);
    return NULL_POINTERS.some((word) => spanIs(bytes, value, wordEnd, word));
  }
  for (let at = value; at < end && bytes[at] !== BYTE.blank; at++) {
    const byte = bytes[at];
    if (byte !== BYTE.zero && byte !== BYTE.x) return false;
  }
  return true;
}
