/** A table's lines with each right-aligned number blotted out, padding included: equal when names and widths are. */
export function tableForm(text: string): string[] {
  return text.split("\n").map((line) => line.replace(/ *\d+ /g, (field) => "#".repeat(field.length)));
}

/** `name value` lines with the values taken away: names, indentation and order remain. */
export function listForm(text: string): string[] {
  return text.split("\n").map((line) => line.replace(/\d+/g, "#"));
}

/** The first line of `part` that does not follow in `whole` in the same order; undefined when all do. */
export function firstOutOfOrder(part: readonly string[], whole: readonly string[]): string | undefined {
  let at = 0;
  for (const line of whole) if (line === part[at]) at++;
  return part[at];
}
