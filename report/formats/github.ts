import { plainText } from "../escape.ts";
import { claimOutcomes, type FormatInput, gateOutcome } from "./claim-outcomes.ts";
import { failureStory } from "./failure-story.ts";

/**
 * Verdicts as workflow commands, which GitHub shows beside a change: one error for each verdict that is not as it should be,
 * one for each expectation that was not met, and a notice that says what to believe.
 *
 * - **Shapes, units**: one command a line; line ends inside a message are `%0A`.
 */
export function githubText(input: FormatInput): string {
  const failed = claimOutcomes(input).flatMap(({ id, claims }) =>
    claims.filter(({ result }) => result === "fail").map((claim) => ({ design: id, ...claim })),
  );
  const lines = [
    ...failed.map(({ design, id, why, statement, found }) => {
      const story = found === undefined ? [statement] : failureStory(found);
      const told = found === undefined ? why : found.run.witness;
      return command("error", `${id} ${why}: ${design}`, [told, ...story]);
    }),
    ...gateOutcome(input).map((sentence) => command("error", "not as expected", [sentence])),
    command("notice", `asilab ${input.verb}`, [input.last]),
  ];
  return `${lines.join("\n")}\n`;
}

function command(kind: "error" | "notice", title: string, message: readonly string[]): string {
  return `::${kind} title=${property(title)}::${message.map(data).join("%0A")}`;
}

function data(text: string): string {
  return plainText(text).replaceAll("%", "%25");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
