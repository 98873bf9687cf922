import type { ContextCounts, TraceStat } from "../harness/trace/stat.ts";
import { printable } from "../harness/trace/stranger-text.ts";

/** A trace's figures for people. */
export function traceStatText(file: string, stat: TraceStat): string {
  const { frees, lost } = stat;
  const rows: [string, string][] = [
    ["format", stat.format],
    ["lines", `${figure(stat.lines)}, ${figure(stat.events)} events, ${figure(stat.unparsed)} unparsed`],
    [
      "time",
      `${stat.durationSeconds === undefined ? "not told" : `${stat.durationSeconds.toFixed(3)} s`} (clock: ${stat.clock})`,
    ],
    ["cpus", `${stat.cpus}: ${stat.eventsPerCpu.map(figure).join(", ")} events`],
    ["memory", `pages up to pfn ${figure(stat.pfnEnd)}`],
    [
      "allocated",
      `${figure(stat.allocPages)} pages; by order ${orders(stat.allocOrders)}; ${figure(stat.failedAllocs)} failed`,
    ],
    ["freed", `${figure(stat.freePages)} pages; by order ${orders(stat.freeOrders)}`],
    ["sensitive", `${figure(stat.sensitiveAllocs)} allocations, by the gfp policy`],
    ["alloc in", contexts(stat.allocContexts)],
    ["free in", contexts(stat.freeContexts)],
    [
      "frees",
      `${figure(frees.matched)} matched (${(frees.matchedFraction * 100).toFixed(1)} %), ${figure(frees.neverSeen)} of pages older than the trace, ${figure(frees.seenFreed)} freed twice in a row`,
    ],
    [
      "lost",
      `${figure(lost.counted)} events, ${figure(lost.uncountedGaps)} gaps of unknown size; ${figure(stat.missingByHeader)} announced by the header and not there`,
    ],
    ["order", `${figure(stat.backwardTimestamps)} lines go back in time`],
    [
      "kinds",
      Object.entries(stat.eventsByKind)
        .filter(([, count]) => count > 0)
        .map(([name, count]) => `${name} ${figure(count)}`)
        .join(", "),
    ],
  ];
  const top = stat.topGfp
    .slice(0, 8)
    .map(
      ({ gfp, count, sensitive }) =>
        `${figure(count).padStart(10)}  ${printable(gfp)}${sensitive ? "  (sensitive)" : ""}`,
    );
  const examples = stat.unparsedExamples.map(({ line, text }) => `  line ${line}: ${printable(text)}`);
  const lines = [
    printable(file),
    ...rows.map(([label, text]) => `  ${label.padEnd(10)}${text}`),
    "  most frequent flags",
    ...top,
    ...(examples.length === 0 ? [] : ["  not understood, for example", ...examples]),
    ...(stat.unterminated ? ["  the last line has no end: the file may have been cut"] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** 1234567 as 1,234,567. */
export function figure(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

function orders(counts: readonly number[]): string {
  const told = counts.map((count, order) => [order, count] as const).filter(([, count]) => count > 0);
  return told.length === 0 ? "none" : told.map(([order, count]) => `${order}: ${figure(count)}`).join(", ");
}

function contexts(counts: ContextCounts): string {
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  return told.length === 0 ? "none" : told.map(([name, count]) => `${name} ${figure(count)}`).join(", ");
}
