import type { ClaimResult } from "../model/verdict.ts";
import { checkTranslationRefinement } from "../properties/refinement/refine-translation.ts";

/** REFINE-translation as a line of the specification's verdict: it checks our hardware primitives, not a design. */
export function translationRefinementResult(): ClaimResult {
  const found = checkTranslationRefinement();
  const scope = `cpus=${found.cpus},pages=${found.pages}`;
  const verdict = found.violation === undefined ? "holds" : "violated";
  const completeness = found.violation ?? `EXHAUSTIVE within scope ${scope}`;
  const { states, transitions } = found;
  const evidence = {
    engine: "spec",
    scope,
    verdict,
    completeness,
    states,
    transitions,
    reached: found.edges.length > 0,
  } as const;
  return { id: "REFINE-translation", verdict, completeness, evidence: [evidence] };
}
