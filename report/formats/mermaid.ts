import { parseScope } from "../../harness/scope.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import { CLAIMS } from "../../properties/claims.ts";
import { plainText } from "../escape.ts";
import { eventLines } from "../timeline-events.ts";
import { fold } from "../timeline-fold.ts";
import { type FoldLine, isFold, type TimelineLine } from "../timeline-line.ts";
import { pendingLines, tellStory } from "../timeline-story.ts";
import { wrap } from "../wrap.ts";

export interface MermaidOptions {
  /** Names of the list kinds of this design, in the machine's order. */
  readonly places: readonly string[];
}

/** Beyond this nobody follows a diagram, and beyond 50,000 characters mermaid refuses one. */
const STATEMENTS_MAX = 100;
const CHARACTERS_MAX = 40_000;
/** Of these, what the end of a run may take that is too long to be shown whole. */
const TAIL_SHARE = 0.3;
const NOTE_WIDTH = 60;
const TEXT_MAX = 300;

/** Statements that are drawn together or not at all. */
type Group = readonly string[];

/**
 * A counterexample as a Mermaid sequence diagram: a participant per CPU, a note per event of the timeline, an arrow per IPI, a
 * loop where events repeat.
 *
 * - **Shapes, units**: at most 100 notes and arrows and 40,000 characters; of a longer run the beginning and the end, with a note
 *   of how much was left out. Every text is written in letters, digits and numeric entities, so that no name is read as syntax.
 */
export function mermaidText(run: Counterexample, { places }: MermaidOptions): string {
  const story = tellStory(run, { places, steps: false, isViolated: true });
  const lines = [...fold(eventLines(story)), ...pendingLines(story)];
  const cpus = cpusOf(run, lines);
  const all = cpus.length === 1 ? `cpu${cpus[0]}` : `cpu${cpus[0]},cpu${cpus.at(-1)}`;
  const statement = CLAIMS.find(({ id }) => id === run.claim)?.statement ?? "";
  const { mms } = parseScope(run.scope);
  const text = [
    "sequenceDiagram",
    ...cpus.map((cpu) => `participant cpu${cpu} as cpu${cpu} mm${cpu % mms}`),
    note(all, `${run.claim} violated by ${run.design}: ${statement}`),
    ...capped(groupsOf(lines), all),
    note(all, `At the end: ${run.witness}`),
  ];
  return `${text.map((line, at) => (at === 0 ? line : `  ${line}`)).join("\n")}\n`;
}

function cpusOf(run: Counterexample, lines: readonly (TimelineLine | FoldLine)[]): readonly number[] {
  const seen = lines.flatMap((line) => (isFold(line) ? [] : [line.cpu, ...line.parts.map(targetOf)]));
  const most = Math.max(parseScope(run.scope).cpus - 1, ...seen);
  return Array.from({ length: most + 1 }, (_, cpu) => cpu);
}

function targetOf(part: TimelineLine["parts"][number]): number {
  return typeof part === "string" ? 0 : part.to;
}

function groupsOf(lines: readonly (TimelineLine | FoldLine)[]): Group[] {
  const groups: Group[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as TimelineLine | FoldLine;
    if (!isFold(line)) {
      groups.push(statementsOf(line));
      continue;
    }
    const repeated = lines
      .slice(at + 1, at + 1 + line.lines)
      .flatMap((inner) => (isFold(inner) ? [] : statementsOf(inner)));
    groups.push([`loop ${line.times} times, events ${line.from} to ${line.through}`, ...repeated, "end"]);
    at += line.lines;
  }
  return groups;
}

/** Words are notes over their CPU, what goes to another CPU is an arrow between them. */
function statementsOf({ number, mark, cpu, parts }: TimelineLine): string[] {
  const sign = number === undefined ? mark : `${number}`;
  return parts.map((part, at) => {
    if (typeof part !== "string") return `cpu${cpu}-)cpu${part.to}: ${escaped(part.label)}`;
    return note(`cpu${cpu}`, at === 0 && sign !== "" ? `${sign}. ${part}` : part);
  });
}

/** The beginning and the end, where all is too much. */
function capped(groups: readonly Group[], all: string): string[] {
  const head = fitting(groups, 1);
  if (head === groups.length) return groups.flat();
  const tail = fitting([...groups].reverse(), TAIL_SHARE);
  const front = Math.min(fitting(groups, 1 - TAIL_SHARE), groups.length - tail);
  const omitted = groups.slice(front, groups.length - tail).flat().length;
  return [
    ...groups.slice(0, front).flat(),
    note(all, `${omitted} more were left out`),
    ...groups.slice(groups.length - tail).flat(),
  ];
}

/** How many of the first groups fit into a share of the limits. */
function fitting(groups: readonly Group[], share: number): number {
  let statements = 0;
  let characters = 0;
  const over = groups.findIndex((group) => {
    statements += group.length;
    characters += group.join("\n").length;
    return statements > STATEMENTS_MAX * share || characters > CHARACTERS_MAX * share;
  });
  return over < 0 ? groups.length : over;
}

function note(over: string, text: string): string {
  return `Note over ${over}: ${wrap(plainText(text, TEXT_MAX), NOTE_WIDTH).map(escaped).join("<br/>")}`;
}

/** Letters, digits and harmless signs as they are; all else by number, and `end`, which would end a block, as well. */
function escaped(text: string): string {
  const shown = plainText(text, TEXT_MAX).replace(/[^\w .,()+/=|→×…-]/gu, (sign) => `#${sign.codePointAt(0)};`);
  return shown.replace(/\b[eE](?=[nN][dD]\b)/g, (letter) => `#${letter.codePointAt(0)};`) || "…";
}
