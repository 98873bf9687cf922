import type { Against, ChangedClaim } from "../harness/against.ts";
import { hanging } from "./completeness.ts";

/** What changes between two designs, as lines of at most 80 characters. */
export function againstLines(found: Against): string[] {
  const { design, other, changed, same } = found;
  const alike = (["violated", "unknown", "holds"] as const)
    .filter((verdict) => same[verdict].length > 0)
    .flatMap((verdict) => hanging(`${verdict} for both: ${same[verdict].join(" ")}`, "  "));
  const head = changed.length === 0 ? "no verdict changes" : `${changed.length} verdicts change`;
  return [
    `${design} against ${other}: ${changed.length === 1 ? "1 verdict changes" : head}`,
    ...groups(changed).flatMap(changeLines),
    ...alike,
  ];
}

/** Claims that change in the same way for the same reasons are told together. */
function groups(changed: readonly ChangedClaim[]): (readonly ChangedClaim[])[] {
  const known = new Map<string, ChangedClaim[]>();
  for (const change of changed) {
    const key = [change.verdict, change.other, change.because, change.otherBecause].join("\n");
    known.set(key, [...(known.get(key) ?? []), change]);
  }
  return [...known.values()];
}

function changeLines(changes: readonly ChangedClaim[]): string[] {
  const [first] = changes;
  if (first === undefined) return [];
  const { verdict, other, because, otherBecause } = first;
  const ids = changes.map(({ claim }) => claim).join(" ");
  return [
    ...hanging(`${ids}: ${verdict}, where it ${was(other)}`, "  "),
    ...hanging(`now: ${because}`, "    "),
    ...hanging(`there: ${otherBecause}`, "    "),
  ];
}

function was(verdict: ChangedClaim["other"]): string {
  switch (verdict) {
    case "holds":
      return "holds there";
    case "violated":
      return "is violated there";
    case "unknown":
      return "is unknown there";
    case "n/a":
      return "does not apply there";
  }
}
