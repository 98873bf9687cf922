import { exitOfClaim, worstExit } from "../harness/exit.ts";
import type { RefindReport } from "../harness/refind.ts";
import type { ReplayReport } from "../harness/replay.ts";
import { EXIT, type ExitCode, type VerdictWord } from "../model/verdict.ts";

/**
 * The claim's own code if it is violated again; 14 if today's code does something else; 0 if all is the same and it holds. A
 * failure that was found again nearby is one that is violated by another run.
 */
export function exitOfReplay({ answer, run }: ReplayReport, refound?: RefindReport): ExitCode {
  if (refound?.answer === "found") return worstExit([exitOfClaim(run.claim), EXIT.refinement]);
  switch (answer) {
    case "reproduced":
      return exitOfClaim(run.claim);
    case "violated-differently":
      return worstExit([exitOfClaim(run.claim), EXIT.refinement]);
    case "not-violated":
      return EXIT.ok;
    case "diverged":
      return EXIT.refinement;
  }
}

export function verdictOfReplay({ answer }: ReplayReport, refound?: RefindReport): VerdictWord {
  if (refound?.answer === "found") return "violated";
  if (answer === "diverged") return refound?.answer === "holds" ? "holds" : "unknown";
  return answer === "not-violated" ? "holds" : "violated";
}
