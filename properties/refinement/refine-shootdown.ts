import { acknowledgementMissing } from "../../machines/acknowledgement.machine.ts";
import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { MOMENT } from "../../model/moments.ts";
import { atMoments, hasMoment } from "../pages.ts";

const [missing] = acknowledgementMissing;

export const refinesShootdown: Claim = {
  id: "REFINE-shootdown",
  kind: "refinement",
  statement: "A shootdown is never declared over while a request of it is unanswered.",
  because: missing?.because ?? "",
  moment: "every end of a shootdown",
  applies: ({ world }) => world.labels === true || world.spaces !== undefined,
  check: atMoments(MOMENT.flushEnded, unanswered),
  recheck: atMoments(MOMENT.flushEnded, unanswered),
  reach: {
    statement: "A shootdown ends.",
    occurs: (view) => hasMoment(view, MOMENT.flushEnded),
  },
};

/** The `complete` vector asks every acknowledgement chart for `confirmQuiet`, which `requested` has not. */
function unanswered(_view: ClaimView, cpu: number, waiting: number): Witness | undefined {
  if (waiting === 0) return undefined;
  return {
    cpu,
    conjunct: "every CPU that was interrupted has acknowledged when a shootdown ends",
    operands: { cpu, unanswered: waiting },
    text: `cpu${cpu} ends its shootdown while a CPU it interrupted has not acknowledged`,
  };
}
