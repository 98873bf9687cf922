/** Names for the bytes that the trace grammar is made of, and numbers read straight from bytes. */
export const BYTE = {
  tab: 9,
  newline: 10,
  carriageReturn: 13,
  blank: 32,
  bang: 33,
  hash: 35,
  openParen: 40,
  closeParen: 41,
  minus: 45,
  dot: 46,
  slash: 47,
  zero: 48,
  nine: 57,
  colon: 58,
  less: 60,
  equals: 61,
  greater: 62,
  openBracket: 91,
  closeBracket: 93,
  x: 120,
} as const;

export function isDigit(byte: number): boolean {
  return byte >= BYTE.zero && byte <= BYTE.nine;
}

/** The value of a hexadecimal digit in either case, or -1. */
export function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  if (byte >= 97 && byte <= 102) return byte - 87;
  if (byte >= 65 && byte <= 70) return byte - 55;
  return -1;
}

/** First index in [pos, end) that is not a blank, else `end`. */
export function skipBlanks(bytes: Uint8Array, pos: number, end: number): number {
  let at = pos;
  while (at < end && bytes[at] === BYTE.blank) at++;
  return at;
}

/** First index in [pos, end) that is not a decimal digit, else `end`. */
export function skipDigits(bytes: Uint8Array, pos: number, end: number): number {
  let at = pos;
  while (at < end && isDigit(bytes[at])) at++;
  return at;
}

/** First index in [pos, end) that is a blank, else `end`. */
export function skipToken(bytes: Uint8Array, pos: number, end: number): number {
  let at = pos;
  while (at < end && bytes[at] !== BYTE.blank) at++;
  return at;
}

/** The decimal number in [pos, end); the caller has checked that only digits stand there. */
export function decimal(bytes: Uint8Array, pos: number, end: number): number {
  let value = 0;
  for (let at = pos; at < end; at++) value = value * 10 + bytes[at] - BYTE.zero;
  return value;
}

/**
 * The whole token [pos, end) as a number: `0x…`, decimal, or decimal with a minus. NaN for anything else.
 *
 * Beyond 2^53 the value is rounded, which is all that its readers need to refuse it.
 */
export function tokenNumber(bytes: Uint8Array, pos: number, end: number): number {
  if (pos >= end) return Number.NaN;
  if (end - pos > 2 && bytes[pos] === BYTE.zero && bytes[pos + 1] === BYTE.x) return hexadecimal(bytes, pos + 2, end);
  const negative = bytes[pos] === BYTE.minus;
  const start = negative ? pos + 1 : pos;
  if (start >= end || skipDigits(bytes, start, end) !== end) return Number.NaN;
  return negative ? -decimal(bytes, start, end) : decimal(bytes, start, end);
}

/** Whether [pos, end) holds exactly `text`. */
export function spanIs(bytes: Uint8Array, pos: number, end: number, text: Uint8Array): boolean {
  if (end - pos !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[pos + i] !== text[i]) return false;
  return true;
}

/** Whether [pos, end) begins with `text`. */
export function startsWith(bytes: Uint8Array, pos: number, end: number, text: Uint8Array): boolean {
  if (end - pos < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[pos + i] !== text[i]) return false;
  return true;
}

/** The bytes of an ASCII literal. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function hexadecimal(bytes: Uint8Array, pos: number, end: number): number {
  let value = 0;
  for (let at = pos; at < end; at++) {
    const digit = hexDigit(bytes[at]);
    if (digit < 0) return Number.NaN;
    value = value * 16 + digit;
  }
  return value;
}
