import { NOT_JUDGED } from "../harness/outcome.ts";
import type { DesignResult, Evidence } from "../model/verdict.ts";
import { wrap } from "./wrap.ts";

const WIDTH = 80;

/**
 * How far the verdicts reach, each wording once: under it the designs it is said of, and the claims where it is not said of
 * all that the engine judged.
 */
export function completenessLines(results: readonly DesignResult[]): string[] {
  const sayings = new Map<string, string[]>();
  for (const result of results) {
    for (const [words, ids] of wordsOf(result)) sayings.set(words, [...(sayings.get(words) ?? []), ids]);
  }
  return [...sayings].flatMap(([words, designs]) => [...hanging(words, ""), ...hanging(designs.join(", "), "    ")]);
}

/** What was found violated, shortest first in words: `S1 S3 (29 steps), S8 (21 steps)`. */
export function violationLines(results: readonly DesignResult[], allFiles: boolean): string[] {
  return results.flatMap((result) => {
    const groups = new Map<string, string[]>();
    for (const { id, verdict, evidence } of result.claims) {
      if (verdict !== "violated") continue;
      const how = howFound(evidence.filter((found) => found.verdict === "violated"));
      groups.set(how, [...(groups.get(how) ?? []), id]);
    }
    if (groups.size === 0) return [];
    const told = [...groups].map(([how, ids]) => `${ids.join(" ")} (${how})`).join(", ");
    return [...hanging(`${result.id}: ${told}`, "  "), ...fileLines(result, allFiles)];
  });
}

/** Claims that do not apply, with the design's reason. */
export function notApplicableLines(results: readonly DesignResult[]): string[] {
  // Where many designs are listed the broken ones are there to be caught, whatever does not apply to them.
  const told = results.length === 1 ? results : results.filter(({ verdict }) => verdict !== "violated");
  return told.flatMap((result) => {
    const reasons = new Map<string, string[]>();
    for (const { id, verdict, reason = "declared" } of result.claims) {
      // Of many designs each is judged only where it is in danger; of one the reader wants to know what was left out.
      if (reason === NOT_JUDGED && results.length > 1) continue;
      if (verdict === "n/a") reasons.set(reason, [...(reasons.get(reason) ?? []), id]);
    }
    return [...reasons].flatMap(([reason, ids]) => hanging(`n/a for ${result.id}: ${ids.join(" ")} (${reason})`, ""));
  });
}

/** A text under a margin, further lines two blanks deeper. */
export function hanging(text: string, margin: string): string[] {
  const [first = "", ...rest] = wrap(text, WIDTH - margin.length);
  return [margin + first, ...rest.map((line) => `${margin}  ${line}`)];
}

/** Wordings of one design's evidence that is no violation, and how the design is named under each. */
function wordsOf(result: DesignResult): Map<string, string> {
  const byEngine = new Map<string, Map<string, string[]>>();
  const largest = new Map<string, Evidence>();
  for (const claim of result.claims) {
    for (const found of claim.evidence) {
      if (found.verdict === "violated") continue;
      const words = byEngine.get(found.engine) ?? new Map<string, string[]>();
      words.set(found.completeness, [...(words.get(found.completeness) ?? []), claim.id]);
      byEngine.set(found.engine, words);
      const known = largest.get(found.completeness);
      if (known === undefined || (found.states ?? 0) > (known.states ?? 0)) largest.set(found.completeness, found);
    }
  }
  const named = new Map<string, string>();
  for (const [engine, words] of byEngine) {
    const violated = violatedBy(result, engine);
    for (const [saying, ids] of words) {
      const claims = words.size > 1 ? ` ${ids.join(" ")}` : violated.length > 0 ? ` except ${violated.join(" ")}` : "";
      named.set(saying, `${result.id}${claims}${countOf(largest.get(saying))}`);
    }
  }
  return named;
}

/** What an engine found violated: its other words are not said of these. */
function violatedBy(result: DesignResult, engine: string): string[] {
  return result.claims
    .filter((claim) => claim.evidence.some((found) => found.engine === engine && found.verdict === "violated"))
    .map((claim) => claim.id);
}

function countOf({ states, steps }: Partial<Evidence> = {}): string {
  if (states !== undefined) return ` (${grouped(states)} states)`;
  return steps === undefined ? "" : ` (${grouped(steps)} steps)`;
}

function howFound(evidence: readonly Evidence[]): string {
  const searched = evidence.find((found) => found.engine === "search" && found.depth !== undefined);
  if (searched !== undefined) return `${searched.depth} steps`;
  const [first] = evidence;
  return first === undefined ? "found" : first.completeness;
}

/** The theorem's file stands for the rest where many designs are listed. */
function fileLines(result: DesignResult, all: boolean): string[] {
  const files = result.claims.map((claim) => claim.counterexample).filter((file) => file !== undefined);
  const shown = all ? files : files.slice(0, 1);
  const more = files.length - shown.length;
  return shown.map((file) => `      ${file}${more > 0 ? ` (and ${more} more)` : ""}`);
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
