import type { Design } from "../model/design.ts";
import type { Program } from "../model/program.ts";
import type { ClaimResult, DesignResult } from "../model/verdict.ts";
import type { EngineReport } from "./outcome.ts";
import { softwareFor } from "./scenario.ts";

/** Declared breaks that nothing found. */
export function survivors(design: Design, result: DesignResult): string[] {
  return design.breaks
    .filter(({ claim }) => result.claims.find((entry) => entry.id === claim)?.verdict !== "violated")
    .map(({ claim }) => `${design.id} survives: it declares that it breaks ${claim}, and no engine found it`);
}

/**
 * Of a design that promises: claims that no world gave a meaning, claims whose dangerous situation occurred in no engine, and
 * steps of its own that no engine ran. Each means that "holds" says less than it seems to. Not asked of a run that the clock or
 * an interrupt cut short: it says "unknown".
 *
 * A probe is asked only together with the others (`suiteGaps`): it is there for a few claims in a few worlds.
 */
export function coverageGaps(design: Design, result: DesignResult, reports: readonly EngineReport[]): string[] {
  if (design.breaks.length > 0 || design.probe === true) return [];
  const unjudged = design.promises
    .filter((id) => design.notApplicable[id] === undefined)
    .filter((id) => result.claims.find((claim) => claim.id === id)?.evidence.length === 0)
    .map((id) => `${design.id}: ${id} is promised, and no engine ran a world in which it means anything`);
  const vacuous = result.claims
    .filter((claim) => claim.evidence.length > 0 && !isReached(claim))
    .map((claim) => `${design.id}: ${claim.id} is vacuous: REACH-${claim.id} occurred in no engine`);
  const parts = new Set(stepNames(design.asi?.programs ?? []));
  const executed = new Set(reports.flatMap((report) => report.executed));
  const idle = stepNames(softwareFor(design).programs)
    .filter((name) => !executed.has(name) && !parts.has(name))
    .map((name) => `${design.id}: no engine ever ran the step ${name}`);
  return [...unjudged, ...vacuous, ...idle];
}

/**
 * Over all designs of a suite: parts of ASI are shared, so a step must run under some design that is correct, and a claim that
 * probes are there for must meet its danger under one of them. A step that only probes have is general beyond what their worlds
 * ask of it: that is worth a note.
 */
export function suiteGaps(ran: readonly Ran[]): { readonly gate: string[]; readonly notes: string[] } {
  const correct = ran.filter(({ design }) => design.breaks.length === 0);
  const executed = new Set(correct.flatMap(({ reports }) => reports.flatMap((report) => report.executed)));
  const stepsOf = (wanted: (design: Design) => boolean): string[] => [
    ...new Set(correct.flatMap(({ design }) => (wanted(design) ? stepNames(softwareFor(design).programs) : []))),
  ];
  const proposed = stepsOf(({ probe }) => probe !== true);
  const idle = proposed
    .filter((name) => !executed.has(name))
    .map((name) => `no engine ever ran the step ${name} under a design that is correct`);
  const spare = stepsOf(() => true).filter((name) => !executed.has(name) && !proposed.includes(name));
  const judged = correct.flatMap(({ result }) => result.claims.filter((claim) => claim.evidence.length > 0));
  const vacuous = [...new Set(judged.map(({ id }) => id))]
    .filter((id) => judged.every((claim) => claim.id !== id || !isReached(claim)))
    .map((id) => `${id} is vacuous: REACH-${id} occurred under no design that is correct`);
  const notes = spare.length === 0 ? [] : [`steps of probes that no world of theirs takes: ${spare.join(", ")}`];
  return { gate: [...idle, ...vacuous], notes };
}

export interface Ran {
  readonly design: Design;
  readonly result: DesignResult;
  readonly reports: readonly EngineReport[];
}

function isReached({ evidence }: ClaimResult): boolean {
  return evidence.some((found) => found.reached !== false);
}

/** Steps that a search can take: what only the whole allocator runs is sampled, and its coverage is measured elsewhere. */
function stepNames(programs: readonly Program[]): string[] {
  return programs.flatMap(({ name, steps }) =>
    steps.filter((step) => step.whole !== true).map((step) => `${name}/${step.label}`),
  );
}

/** Promised claims that stayed unknown, each reason once. */
export function incomplete(design: Design, result: DesignResult): string[] {
  const byReason = new Map<string, string[]>();
  for (const { id, verdict, completeness } of result.claims) {
    if (verdict !== "unknown" || !design.promises.includes(id)) continue;
    byReason.set(completeness, [...(byReason.get(completeness) ?? []), id]);
  }
  return [...byReason].map(([reason, ids]) => {
    const are = ids.length === 1 ? "is" : "are";
    return `${design.id}: ${ids.join(" ")} ${are} unknown: ${reason}`;
  });
}
