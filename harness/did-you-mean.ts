import { closest, distance } from "fastest-levenshtein";

/** `; did you mean "x"?` when something known is near enough, else nothing. */
export function didYouMean(asked: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  const near = closest(asked, known);
  return distance(asked, near) <= Math.max(2, Math.floor(near.length / 3)) ? `; did you mean "${near}"?` : "";
}
