import { printable } from "../harness/trace/stranger-text.ts";
import type { MinimisedTrace } from "../harness/trace-minimise/minimise-trace.ts";
import { hanging } from "./corpus-text.ts";
import { figure } from "./trace-stat-text.ts";

/** Events that are printed; a longer piece is read in its file. */
const EVENTS_SHOWN = 12;

/** What is left of a recording, and how it was come by. */
export function traceMinimiseText(file: string, design: string, trace: MinimisedTrace): string[] {
  const { claim, found, eventsBefore, events, tests, minimal, text, meta, replayed } = trace;
  const left = minimal ? "no single one can be left out" : "more might be left out: --max-tests";
  const told = replayed.violations.find((violation) => violation.claim === claim);
  return [
    hanging(`${printable(file)}: ${design} violates ${claim} at line ${figure(found.event.line)}`, 2),
    `  ${figure(eventsBefore)} events up to there, ${figure(events)} left; ${left}`,
    `  (${figure(tests)} pieces tried${meta === undefined ? "" : "; needs the meta file beside it"})`,
    "",
    ...eventLines(text).map((line) => `  ${hanging(line, 4)}`),
    `  ${hanging(`=> ${told?.witness.text ?? ""}`, 4)}`,
    "",
  ];
}

/** The events without the address of the page structure, which nobody needs. */
function eventLines(text: string): string[] {
  const lines = text.split("\n").filter((line) => line.includes(": ") && !line.startsWith("#"));
  const shown = lines.slice(-EVENTS_SHOWN).map((line) =>
    printable(line)
      .trim()
      .replace(/page=\S+ /, "")
      .replace(/\s+/g, " "),
  );
  const more = lines.length - shown.length;
  return more > 0 ? [`… ${figure(more)} events before these`, ...shown] : shown;
}
