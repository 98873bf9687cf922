import { readFileSync } from "node:fs";
import type { Explored } from "../harness/exploration.ts";
import { STANDARD } from "../harness/worlds/standard.ts";
import { type ExplorationRow, isExplored, LARGER_ROWS, standardRows } from "./exploration-rows.ts";

export const EXPLORATION_STORE = "docs/exploration.json";

/** A row as it was last explored: counts only, no times. */
export interface StoredExploration extends Omit<Explored, "words"> {
  readonly design: string;
  readonly scope: string;
}

export function sameRow(a: ExplorationRow, b: ExplorationRow): boolean {
  return a.design === b.design && a.scope === b.scope;
}

/** The row is beyond the standard quota. */
export function isLarger(row: ExplorationRow): boolean {
  return LARGER_ROWS.some((other) => sameRow(other, row));
}

export function storedExplorations(): readonly StoredExploration[] {
  return JSON.parse(readFileSync(EXPLORATION_STORE, "utf8")) as StoredExploration[];
}

/** Standard worlds, one section each, with a line per design. */
export function explorationTables(): string {
  const rows = standardRows();
  return STANDARD.map(({ name, purpose }) => {
    const ofWorld = rows.filter(({ scope }) => scope.split(",")[0] === name);
    const reasons = ofWorld.flatMap((row) => (isExplored(row) ? [] : [`\`${row.design}\`: n/a, ${row.reason}.`]));
    const lines = ofWorld.filter(isExplored);
    return [`### ${name}`, "", `${upperFirst(purpose)}.`, "", ...tableOf(lines), ...after(lines, reasons)].join("\n");
  }).join("\n\n");
}

export function largerTable(): string {
  return [...tableOf(LARGER_ROWS), ...after(LARGER_ROWS, [])].join("\n");
}

function tableOf(rows: readonly ExplorationRow[]): string[] {
  const stored = storedExplorations();
  const lines = rows.map((row) => {
    const found = stored.find((known) => sameRow(known, row));
    const cells = found === undefined ? ["not explored yet", "", "", ""] : cellsOf(found);
    return `| \`${row.design}\` | \`${row.scope}\` | ${cells.join(" | ")} |`;
  });
  return [
    "| design | scope | states | transitions | levels | claims |",
    "| --- | --- | ---: | ---: | ---: | --- |",
    ...lines,
  ];
}

function cellsOf({ states, transitions, levels, complete, claims, violated }: StoredExploration): string[] {
  const judged =
    violated.length === 0 ? `${claims} hold` : `${claims - violated.length} hold, ${violated.join(" ")} violated`;
  return [
    grouped(states),
    grouped(transitions),
    String(levels),
    complete ? judged : `not complete: ${violated.length === 0 ? "nothing found" : `${violated.join(" ")} violated`}`,
  ];
}

function after(rows: readonly ExplorationRow[], reasons: readonly string[]): string[] {
  const notes = rows.flatMap(({ design, scope, note }) =>
    note === undefined ? [] : [`\`${design}\`, \`${scope}\`: ${note}`],
  );
  const lines = [...notes, ...reasons];
  return lines.length === 0 ? [] : ["", ...lines.map((line) => `- ${line}`)];
}

function grouped(count: number): string {
  return count.toLocaleString("en");
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
