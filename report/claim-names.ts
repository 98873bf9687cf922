/** A claim's id as it fits over a narrow column; the legend says what it stands for. */
export function shortClaim(id: string): string {
  if (id === "DEADLOCK") return "DEAD";
  return id.startsWith("REFINE-") ? `R-${id.slice("REFINE-".length)}` : id;
}

/** The abbreviations among these ids: `DEAD = DEADLOCK, R-page = REFINE-page`. */
export function abbreviations(ids: readonly string[]): string {
  return ids
    .filter((id) => shortClaim(id) !== id)
    .map((id) => `${shortClaim(id)} = ${id}`)
    .join(", ");
}
