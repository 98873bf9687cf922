import { placeNames } from "../../harness/machine-for-run.ts";
import { timeline } from "../timeline.ts";
import type { WrittenRun } from "./claim-outcomes.ts";

/** Lines of a story that a report quotes; a run that is longer has its file. */
const LINES_MAX = 120;

/** A counterexample's timeline as other reports quote it: plain ASCII, at most so many lines. */
export function failureStory({ run, file }: WrittenRun): readonly string[] {
  const lines = timeline(run, { places: placeNames(run), ascii: true, ...(file === undefined ? {} : { file }) });
  if (lines.length <= LINES_MAX) return lines;
  const tail = lines.slice(-3);
  const head = lines.slice(0, LINES_MAX - tail.length - 1);
  return [...head, `... ${lines.length - head.length - tail.length} lines left out ...`, ...tail];
}
