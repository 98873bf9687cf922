import { plainText } from "../escape.ts";
import {
  type ClaimOutcome,
  claimOutcomes,
  type DesignOutcome,
  type FormatInput,
  gateOutcome,
} from "./claim-outcomes.ts";
import { failureStory } from "./failure-story.ts";

/**
 * Verdicts as KTAP, version 1 (Documentation/dev-tools/ktap.rst): one test per design, in it one per claim, and a last one for
 * what the suite expects beside verdicts.
 *
 * An expected violation is `ok` and says so; what was not decided is skipped with its reason. A failed claim is preceded by its
 * timeline, in diagnostic lines.
 *
 * - **Shapes, units**: lines end in a newline; nested lines are indented by two blanks; descriptions hold no `#`.
 */
export function ktapText(input: FormatInput): string {
  const designs = claimOutcomes(input);
  const gate = gateOutcome(input);
  const gated = input.policy.gated ? 1 : 0;
  const lines = [
    "KTAP version 1",
    `1..${designs.length + gated}`,
    ...designs.flatMap(designLines),
    ...(gated === 0 ? [] : gate.map((sentence) => diagnostic(sentence))),
    ...(gated === 0 ? [] : [resultLine(gate.length === 0, designs.length + 1, "expectations", "")]),
    ...(input.outcome.interrupted ? [diagnostic("interrupted: this is what was done until then")] : []),
    diagnostic(input.last),
  ];
  return `${lines.join("\n")}\n`;
}

function designLines({ id, claims }: DesignOutcome, index: number): string[] {
  const failed = claims.filter(({ result }) => result === "fail").length;
  const skipped = claims.length > 0 && claims.every(({ result }) => result === "skip");
  const told = failed > 0 ? `${failed} of ${claims.length} claims failed` : skipped ? "SKIP no claim was decided" : "";
  const inner = ["KTAP version 1", diagnostic(`Subtest: ${id}`), `1..${claims.length}`, ...claims.flatMap(claimLines)];
  return [...inner.map((line) => `  ${line}`), resultLine(failed === 0, index + 1, id, told)];
}

function claimLines(claim: ClaimOutcome, index: number): string[] {
  const { id, result, why, found } = claim;
  const story = result === "fail" && found !== undefined ? failureStory(found) : [];
  const directive = result === "skip" ? `SKIP ${why}` : why;
  return [...story.map((line) => diagnostic(line)), resultLine(result !== "fail", index + 1, id, directive)];
}

function resultLine(ok: boolean, number: number, description: string, told: string): string {
  const line = `${ok ? "ok" : "not ok"} ${number} ${plainText(description).replaceAll("#", "_")}`;
  return told === "" ? line : `${line} # ${plainText(told)}`;
}

/** `# text`; an empty line of a story keeps its sign. */
function diagnostic(text: string): string {
  return `# ${plainText(text)}`.trimEnd();
}
