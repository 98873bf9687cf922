/**
 * What ended a search before its end, as a person would say it: an interrupt and `--max-seconds` reach a search by the same
 * word, and no search knows which it was.
 */
export function stopReason(stoppedBy: string | undefined): string {
  switch (stoppedBy) {
    case "interrupted":
      return "stopped by the clock or by an interrupt";
    case "states":
      return "stopped at the limit of states";
    default:
      return `stopped at the limit of ${stoppedBy ?? "this search"}`;
  }
}
