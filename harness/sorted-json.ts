const INDENT = "  ";

/**
 * JSON with sorted keys and a fixed layout: what fits on a line stays on it, the rest is broken up. The same value gives the
 * same bytes, whatever the order in which its objects were built.
 *
 * - **Shapes, units**: plain data only; keys with the value `undefined` are left out; ends with a newline.
 */
export function sortedJson(value: unknown, width = 120): string {
  return `${layOut(value, "", width)}\n`;
}

function layOut(value: unknown, indent: string, width: number): string {
  const line = inline(value, width - indent.length);
  if (line !== undefined) return line;
  const inner = indent + INDENT;
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => inner + layOut(item, inner, width)).join(",\n")}\n${indent}]`;
  }
  const fields = entries(value).map(([key, item]) => `${inner}${JSON.stringify(key)}: ${layOut(item, inner, width)}`);
  return `{\n${fields.join(",\n")}\n${indent}}`;
}

/** The value on one line, or undefined when that takes more than `room` characters. Stops as soon as it is too long. */
function inline(value: unknown, room: number): string | undefined {
  if (room < 0) return undefined;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const parts: string[] = [];
  let left = room - 2;
  const items = Array.isArray(value)
    ? value.map((item) => ["", item] as const)
    : entries(value).map(([key, item]) => [`${JSON.stringify(key)}: `, item] as const);
  for (const [prefix, item] of items) {
    const text = inline(item, left - prefix.length);
    if (text === undefined) return undefined;
    parts.push(prefix + text);
    left -= prefix.length + text.length + 2;
    if (left < -2) return undefined;
  }
  return Array.isArray(value) ? `[${parts.join(", ")}]` : `{${parts.join(", ")}}`;
}

function entries(value: unknown): [string, unknown][] {
  return Object.entries(value as Record<string, unknown>)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
