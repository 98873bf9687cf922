import { exitName } from "../harness/exit.ts";
import type { ExitPolicy } from "../harness/expectation.ts";
import type { VerifyOutcome } from "../harness/outcome.ts";
import type { DesignResult } from "../model/verdict.ts";
import { EXIT, type ExitCode } from "../model/verdict.ts";

/** The sentence that ends a report: what to believe now, what was left open, and the exit code with its meaning. */
export function lastLine(outcome: VerifyOutcome, exitCode: ExitCode, policy: ExitPolicy): string {
  const { results } = outcome;
  const open = results.filter((result) => result.claims.some((claim) => claim.verdict === "unknown"));
  const sentences = [
    ...(exitCode === EXIT.interrupted ? ["interrupted: this is what was done until then"] : []),
    believed(results, policy),
    ...(open.length === 0 ? [] : [`NOT COMPLETE: unknown verdicts for ${named(open)}`]),
    `exit ${exitCode} (${exitName(exitCode)})`,
  ];
  return sentences.join("; ");
}

/** A handful by name; the table marks the rest. */
function named(open: readonly DesignResult[]): string {
  return open.length > 3 ? `${open.length} designs` : open.map(({ id }) => id).join(", ");
}

function believed(results: readonly DesignResult[], policy: ExitPolicy): string {
  if (policy.suite) {
    const asDeclared = results.filter((result) => isAsDeclared(result, policy)).length;
    const what = results.length === 1 ? "verdict is" : "verdicts are";
    return `${asDeclared} of ${results.length} ${what} as declared`;
  }
  const violated = results.flatMap((result) => violationsOf(result, policy));
  if (violated.length > 0) return `violated: ${violated.join(", ")}`;
  const held = results.flatMap((result) => result.claims).filter((claim) => claim.verdict === "holds").length;
  return `${held} ${held === 1 ? "claim holds" : "claims hold"} within the scopes above`;
}

function isAsDeclared(result: DesignResult, policy: ExitPolicy): boolean {
  const breaks = policy.breaks(result.id);
  return result.claims.every(({ id, verdict }) => verdict !== "unknown" && (verdict === "violated") === breaks.has(id));
}

function violationsOf(result: DesignResult, policy: ExitPolicy): string[] {
  const ids = result.claims.filter((claim) => claim.verdict === "violated").map((claim) => claim.id);
  if (ids.length === 0) return [];
  const declared = policy.breaks(result.id);
  return [`${result.id} ${ids.join(" ")}${ids.every((id) => declared.has(id)) ? " (as the design declares)" : ""}`];
}
