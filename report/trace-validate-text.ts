import { exitName } from "../harness/exit.ts";
import { printable } from "../harness/trace/stranger-text.ts";
import type { EndComparison, IllegalEvent, TraceValidation } from "../harness/trace-validate/result.ts";
import type { ExitCode } from "../model/verdict.ts";
import type { Ink } from "./ink.ts";
import { figure } from "./trace-stat-text.ts";
import { wrap } from "./wrap.ts";

/** Illegal events told one by one; the rest is in `--json`. */
const ILLEGAL_TOLD_MAX = 5;
const WIDTH = 80;
const LABEL = 11;

/** What the recorded kernels did to their buddy lists, judged, for people; one section a file. */
export function traceValidateText(results: readonly TraceValidation[], ink: Ink, exitCode: ExitCode): string {
  const illegal = results.reduce((sum, result) => sum + result.illegal, 0);
  const events = results.reduce((sum, result) => sum + result.events, 0);
  const sections = results.flatMap((result) => [...section(result, ink), ""]);
  const last = `${figure(illegal)} of ${figure(events)} buddy events illegal; exit ${exitCode} (${exitName(exitCode)})`;
  return `${[...sections, last].join("\n")}\n`;
}

function section(result: TraceValidation, ink: Ink): string[] {
  const { illegalEvents, illegal } = result;
  const told = illegalEvents.slice(0, ILLEGAL_TOLD_MAX).flatMap((event) => illegalLines(event, ink));
  const rest = illegal - Math.min(illegalEvents.length, ILLEGAL_TOLD_MAX);
  return [
    printable(result.file),
    ...rowsOf(result).flatMap(([label, text]) => row(label, text)),
    ...told,
    ...(rest > 0 ? [`  and ${figure(rest)} more; --json lists ${figure(illegalEvents.length)} in all`] : []),
  ];
}

function rowsOf(result: TraceValidation): [string, string][] {
  const { events, legal, illegal, labels, lost } = result;
  const perCent = (Math.floor(result.legalFraction * 100_000) / 1000).toFixed(3);
  return [
    [
      "trace",
      `${printable(result.workload || "?")}, kernel ${result.kernelRelease}, judged by the rules of ${result.kernel}`,
    ],
    ["judged", `${figure(events)} buddy events: ${kinds(result)}`],
    ["legal", `${figure(legal)} (${perCent} %), illegal ${figure(illegal)}${reasons(result)}`],
    ["prefix", prefixText(result)],
    [
      "free map",
      `as of line ${figure(result.freeMapLine)}; ${figure(result.beforeFreeMap)} buddy events are in it already`,
    ],
    ["labels", `${figure(labels.determined)} determined by events; ${figure(labels.atStart)} unknown at the start`],
    ["unnamed", unnamedText(result)],
    ...(result.end === undefined ? [] : [endRow(result.end)]),
    ...(result.end === undefined ? [] : ordersRows(result.end)),
    ...typesRows(result),
    ...(lost === 0
      ? []
      : [["lost", `${figure(lost)} events are missing: what follows a gap may be judged wrongly`] as [string, string]]),
  ];
}

function kinds({ eventsByKind, illegalByReason }: TraceValidation): string {
  const names: Readonly<Record<string, string>> = {
    zoneLocked: "zone_locked",
    pcpuDrain: "pcpu_drain",
    extfrag: "extfrag",
    directFrees: "direct frees",
    isolations: "isolations",
  };
  const told = Object.entries(eventsByKind).map(([kind, count]) => `${names[kind] ?? kind} ${figure(count)}`);
  const inUse = illegalByReason["free-page-in-use"] ?? 0;
  return [...told, ...(inUse === 0 ? [] : [`others that contradict ${figure(inUse)}`])].join(", ");
}

function reasons({ illegalByReason }: TraceValidation): string {
  const told = Object.entries(illegalByReason).map(([reason, count]) => `${reason} ${figure(count)}`);
  return told.length === 0 ? "" : `: ${told.join(", ")}`;
}

function prefixText({ longestLegalPrefix, firstIllegalLine, illegal }: TraceValidation): string {
  if (illegal === 0) return `all ${figure(longestLegalPrefix)} events are legal`;
  return `the first ${figure(longestLegalPrefix)} events are legal; line ${figure(firstIllegalLine)} is not`;
}

function unnamedText({ unnamed, unnamedByCause }: TraceValidation): string {
  if (unnamed === 0) return "no movement without an event had to be assumed";
  const causes = unnamedByCause.map(
    ({ cause, blocks, pages }) => `${cause} ${figure(blocks)} (${figure(pages)} pages)`,
  );
  return `${figure(unnamed)} blocks moved without an event: ${causes.join(", ")}`;
}

/** Labels that no event says, held against the numbers that the kernel printed. */
function typesRows({ pageblockTypes }: TraceValidation): [string, string][] {
  const zones = [...new Set(pageblockTypes.map(({ zone }) => zone))];
  return zones.map((zone, i) => {
    const rows = pageblockTypes.filter((row) => row.zone === zone && row.recorded + row.determined > 0);
    const told = rows.map(({ type, determined, recorded }) => `${type} ${figure(determined)}/${figure(recorded)}`);
    return [i === 0 ? "pageblocks" : "", `${printable(zone)}, determined/recorded: ${told.join(", ")}`];
  });
}

function endRow(end: EndComparison): [string, string] {
  return [
    "end",
    `${figure(end.pagesDiffering)} of ${figure(end.pages)} pages differ from the free map read at line ${figure(end.line)}`,
  ];
}

function ordersRows(end: EndComparison): [string, string][] {
  return end.zones.map(({ zone, pagesFree, pagesFreeRecorded, pagesFromOrder, pagesFromOrderRecorded }) => {
    const off = pagesFromOrder.flatMap((pages, order) => {
      const recorded = pagesFromOrderRecorded[order] ?? 0;
      return pages === recorded ? [] : [`order ${order}+ ${figure(pages)}/${figure(recorded)}`];
    });
    const orders = off.length === 0 ? "equal in every order" : `model/recorded: ${off.join(", ")}`;
    return [
      "",
      `${printable(zone)}: ${figure(pagesFree)} pages free, recorded ${figure(pagesFreeRecorded)}; ${orders}`,
    ];
  });
}

function illegalLines(illegal: IllegalEvent, ink: Ink): string[] {
  const head = `line ${figure(illegal.line)}: ${illegal.event} on cpu${illegal.cpu} by pid ${illegal.pid}`;
  return [
    ...wrap(head, WIDTH - 2).map((line, i) => `  ${i === 0 ? ink.red(line) : `  ${line}`}`),
    ...indented(`illegal (${illegal.reason}): ${illegal.because}`),
    ...illegal.around.flatMap(indented),
    ...(illegal.nearest === "" ? [] : indented(`legal would be: ${illegal.nearest}`)),
  ];
}

function indented(text: string): string[] {
  return wrap(text, WIDTH - 4).map((line, i) => `${i === 0 ? "    " : "      "}${line}`);
}

function row(label: string, text: string): string[] {
  const blank = " ".repeat(LABEL);
  return wrap(text, WIDTH - LABEL - 2).map((line, i) => `  ${i === 0 ? label.padEnd(LABEL) : `${blank}  `}${line}`);
}
