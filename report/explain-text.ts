import type { Explanation, Freedom, FreeValue, SliceLink } from "../harness/explain/explanation.ts";
import type { Ink } from "./ink.ts";
import { changeWords } from "./slice-words.ts";
import { toAscii, wrap } from "./wrap.ts";

export interface ExplainTextOptions {
  /** Names of the list kinds of this design, in the machine's order. */
  readonly places: readonly string[];
  readonly ink: Ink;
  readonly ascii?: boolean;
}

const WIDTH = 80;
/** Links this far from the violation are told, the nearest first where they are many; the others are in the JSON document. */
const NEAR = 2;
const MOST_LINKS = 8;
/** Of a run that was not made small there is more to say than anybody reads. */
const MOST_FREE = 12;
/** Events of a schedule that avoids the violation, and changed cells of a step, that are told. */
const MOST_EVENTS = 4;
const MOST_CHANGES = 4;

/**
 * Why a run violates its claim, in four sections of at most 80 columns: the part that fails, what may be otherwise, who wrote
 * what the violation rests on, and from when on nothing helped.
 *
 * - **Shapes, units**: lines without line ends; events and steps are numbered as in the timeline.
 */
export function explainText(explanation: Explanation, { places, ink, ascii }: ExplainTextOptions): string[] {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ["What fails", failing(explanation)],
    [`What does not matter (${triedText(explanation.freedom)})`, freedom(explanation)],
    [sliceTitle(explanation), slice(explanation, places)],
    ["When it was past help", fate(explanation)],
  ];
  const plain = (line: string): string => (ascii === true ? toAscii(line) : line);
  return sections.flatMap(([title, body]) => ["", ink.bold(plain(title)), ...body.map(plain)]).slice(1);
}

function failing({ failure: { conjunct, operands } }: Explanation): string[] {
  const values = Object.entries(operands).map(([name, value]) => `${name}: ${value}`);
  return [
    ...indented(`it should hold, and does not: ${conjunct}`),
    ...(values.length === 0 ? [] : indented(values.join("; "))),
  ];
}

function triedText({ tried, variants }: Freedom): string {
  return tried < variants ? `${tried} of ${plural("variant", variants)} tried` : `${plural("variant", tried)} tried`;
}

function freedom(explanation: Explanation): string[] {
  const { events, freedom: found } = explanation;
  const lines = events.flatMap(({ number, cpu, text }) => {
    const free = freeWords(found, number);
    return free.length === 0 ? [] : [hanging(`${number}  cpu${cpu} ${text}: ${free.join("; ")}`, `${number}`)];
  });
  const orders = found.anyOrder.map((window) => indented(`events ${window.join(", ")}: in any order`));
  const all = [...lines, ...orders];
  if (all.length === 0) return ["  nothing: every event, CPU, order and argument tried matters"];
  if (all.length > MOST_FREE) {
    const rest = `and ${all.length - MOST_FREE} more (--json); asilab shrink makes the run small first`;
    return [...all.slice(0, MOST_FREE).flat(), ...indented(rest)];
  }
  const moved = new Set(matters(found));
  const fixed = events.map(({ number }) => number).filter((number) => !moved.has(number));
  const one = fixed.length === 1;
  const rest =
    fixed.length === 0 ? [] : indented(`only as ${one ? "it is: event" : "they are: events"} ${fixed.join(", ")}`);
  return [...all.flat(), ...rest];
}

function freeWords(found: Freedom, number: number): string[] {
  return [
    ...(found.needless.includes(number) ? ["not needed"] : []),
    ...cpuWords(found, number),
    ...found.values.filter((value) => value.event === number).map(valueWords),
    ...found.breaks.filter(({ event }) => event === number).map(({ after }) => `may be left after ${ranges(after)}`),
  ];
}

/** Events of which something may be otherwise. */
function matters({ needless, anyOrder, cpus, values, breaks }: Freedom): number[] {
  const moved = [...anyOrder.flat(), ...cpus.flatMap(({ calls }) => calls)];
  return [...needless, ...moved, ...[...values, ...breaks].map(({ event }) => event)];
}

function cpuWords({ cpus }: Freedom, number: number): string[] {
  return cpus
    .filter(({ calls }) => calls[0] === number)
    .map(({ calls, others, any }) => {
      const where = any ? "any CPU" : `also on ${others.map((cpu) => `cpu${cpu}`).join(", ")}`;
      return calls.length === 1 ? where : `${where} together with event ${calls.slice(1).join(", ")}`;
    });
}

function valueWords({ step, name, given, others, any }: FreeValue): string {
  const at = step === undefined ? "" : ` at ${step}`;
  const what = `${name}${at}`;
  const values = any ? [given, ...others] : others;
  if (name === "order" && any) return `any order up to ${Math.max(...values.map(Number))}`;
  return `${any ? "any" : "also"} ${what}: ${values.join(", ")}`;
}

function sliceTitle({ slice: { links, steps } }: Explanation): string {
  return `Who wrote what it rests on (${links.length} of ${steps} steps carry data)`;
}

function slice(explanation: Explanation, places: readonly string[]): string[] {
  const { slice: found, failure } = explanation;
  const last = new Map(found.seeds.flatMap(({ cell, step }) => (step === undefined ? [] : [[cell, step]])));
  const told = found.links
    .filter(({ distance }) => distance <= NEAR)
    .map((link) => ({ ...link, lines: linkLines(link, failure.operands, places, last) }))
    .filter(({ lines }) => lines.length > 0)
    .sort((a, b) => a.distance - b.distance || b.step - a.step)
    .slice(0, MOST_LINKS)
    .sort((a, b) => a.step - b.step);
  if (told.length === 0) return ["  nothing: what was read is as it was at the beginning"];
  const untold = found.links.length - told.length;
  const rest = untold === 0 ? [] : indented(`and ${plural("step", untold)} that led there (--json)`);
  return [...told.flatMap(({ lines }) => lines), ...rest];
}

/** One line for each step that wrote something worth telling, about the page and CPU where the claim fails. */
function linkLines(
  link: SliceLink,
  operands: Readonly<Record<string, string | number>>,
  places: readonly string[],
  last: ReadonlyMap<string, number>,
): string[] {
  const words = link.wrote
    .filter(({ column, where }) => !isAside(column, where, operands))
    .map((change) => changeWords(change, places, last.get(`${change.column}${change.where}`) === link.step))
    .filter((text) => text !== undefined);
  if (words.length === 0) return [];
  const told = words.slice(0, MOST_CHANGES);
  const more = words.length > told.length ? [`${words.length - told.length} more`] : [];
  return hanging(`${link.step}  cpu${link.cpu} ${link.text}: ${[...told, ...more].join(", ")}`, `${link.step}`);
}

/** Another page's place, or another CPU's entry. */
function isAside(column: string, where: string, { pfn, cpu }: Readonly<Record<string, string | number>>): boolean {
  const page = column === "list.place" || column === "tlb.entry" || column === "ledger.order";
  if (page && pfn !== undefined && !where.includes(`[pfn ${pfn}]`)) return true;
  return column === "tlb.entry" && cpu !== undefined && !where.includes(`[cpu ${cpu}]`);
}

function fate({ fate: found, failure: { claim }, events, slice: { steps } }: Explanation): string[] {
  const event = events.find(({ firstStep, lastStep }) => firstStep <= found.step && found.step <= lastStep);
  const where = event === undefined ? "" : ` (event ${event.number}, cpu${event.cpu} ${event.text})`;
  const when = found.step === 0 ? "from the beginning" : `after step ${found.step} of ${steps}${where}`;
  const scope = "the same calls of each CPU in the same order, everything else in any order, until all is at rest";
  const every = indented(`${when} every schedule violates ${claim}: ${scope} (${plural("state", found.states)})`);
  if (found.kind === "unknown")
    return [...every, ...indented("whether it could be avoided before: not decided within that bound")];
  if (found.step === 0) return every;
  const told = found.instead.slice(0, MOST_EVENTS).map(({ cpu, text }) => `cpu${cpu} ${text}`);
  const more = found.instead.length > MOST_EVENTS ? [`${found.instead.length - MOST_EVENTS} more`] : [];
  return [...every, ...indented(`before it, avoided by: ${[...told, ...more].join(", then ")}`)];
}

/** `steps 2-7, 9`. */
function ranges(steps: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const step of steps) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] + 1 === step) last[1] = step;
    else runs.push([step, step]);
  }
  return `steps ${runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ")}`;
}

function plural(noun: string, count: number): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function indented(text: string): string[] {
  return wrap(text, WIDTH - 4).map((line, at) => `  ${at === 0 ? "" : "  "}${line}`);
}

/** A number in a column of its own, the text beside it. */
function hanging(text: string, number: string): string[] {
  const [first = "", ...rest] = wrap(text.slice(number.length).trimStart(), WIDTH - 8);
  return [`${number.padStart(5)}  ${first}`, ...rest.map((line) => `${" ".repeat(9)}${line}`)];
}
