const decoder = new TextDecoder("utf-8", { fatal: false });

/**
 * Text from a trace, made safe to print: task names are chosen by whoever ran the task, terminal escapes included.
 *
 * Control characters (C0, DEL, C1), line and direction controls become `?`; invalid UTF-8 becomes U+FFFD.
 */
export function strangerText(bytes: Uint8Array, start: number, end: number): string {
  return printable(decoder.decode(bytes.subarray(start, end)));
}

export function printable(text: string): string {
  let safe = "";
  for (const character of text) safe += isUnprintable(character.codePointAt(0) ?? 0) ? "?" : character;
  return safe;
}

function isUnprintable(code: number): boolean {
  const control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  const layout = code === 0x2028 || code === 0x2029 || (code >= 0x202a && code <= 0x202e);
  return control || layout || (code >= 0x2066 && code <= 0x2069) || code === 0x200e || code === 0x200f;
}
