import type { Counterexample } from "../../model/counterexample.ts";
import type { Design } from "../../model/design.ts";
import type { Machine } from "../../model/machine.ts";
import type { VerdictWord } from "../../model/verdict.ts";
import { Attempts } from "../attempts.ts";
import { machineForRun, type RunOrigin } from "../machine-for-run.ts";
import type { RunControl } from "../outcome.ts";
import { recordRun } from "../record.ts";
import { softwareFor } from "../scenario.ts";
import { parseScope } from "../scope.ts";
import { beyondWorld } from "./beyond-world.ts";
import type { CorpusEntry, Expectation } from "./entry.ts";
import type { StoredEntry } from "./read.ts";
import { searchSchedules } from "./scripted-search.ts";

/** States that the schedules of one entry's calls may come to on one design; seconds, not minutes. */
export const CORPUS_MAX_STATES = 200_000;

/** What a design makes of an entry's calls. */
export interface CorpusCell {
  readonly design: string;
  readonly verdict: VerdictWord;
  /** What the entry expects of the design, if it says. */
  readonly expected?: Expectation;
  /** The recorded steps violate the claim here too; all schedules of its calls were searched; or nothing could be run. */
  readonly how: "replayed" | "searched" | "not run";
  readonly completeness: string;
  readonly states: number;
}

export interface CorpusRow {
  readonly file: string;
  readonly claim: string;
  readonly scope: string;
  readonly signature: string;
  readonly cells: readonly CorpusCell[];
}

/** Which designs have which known failure. */
export interface CorpusReport {
  readonly rows: readonly CorpusRow[];
  /** One sentence for each expectation that was not met; `unknown` meets `holds` and `n/a`. */
  readonly unmet: readonly string[];
  /** A run for each cell that is violated and was not expected to be. */
  readonly counterexamples: readonly Counterexample[];
  readonly interrupted: boolean;
}

export interface CorpusOptions extends RunControl {
  readonly maxStates?: number;
}

/**
 * Runs a corpus against designs, the same for all entries or chosen for each: every entry's recorded steps first, leniently, then every schedule of its calls.
 *
 * `holds` means that no schedule of the same calls on the same CPUs violates the claim in the entry's world; it says nothing
 * beyond them.
 *
 * - **Cost**: per cell one replay, and a search of 10^2 to 10^5 states.
 * - **Errors**: none beyond those of reading the entries; what cannot be run on a design is `n/a` with the reason.
 */
export function replayCorpus(
  entries: readonly StoredEntry[],
  designs: readonly Design[] | ((entry: CorpusEntry) => readonly Design[]),
  options: CorpusOptions = {},
): CorpusReport {
  const rows: CorpusRow[] = [];
  const unmet: string[] = [];
  const counterexamples: Counterexample[] = [];
  for (const { file, entry } of entries) {
    const cells: CorpusCell[] = [];
    for (const design of typeof designs === "function" ? designs(entry) : designs) {
      if (options.shouldStop?.() === true) break;
      options.onProgress?.(`${file}: ${design.id}`);
      const { cell, run } = cellOf(entry, design, options);
      cells.push(cell);
      if (isUnmet(cell)) unmet.push(`${file}: ${design.id} ${told(cell)}, expected: ${cell.expected}`);
      if (run !== undefined && cell.expected !== "violated") counterexamples.push(run);
    }
    const { claim, scope, signature } = entry;
    rows.push({ file, claim, scope, signature, cells });
  }
  return { rows, unmet, counterexamples, interrupted: options.shouldStop?.() ?? false };
}

/** The designs that an entry is run against when nobody names any: what proposes something, and what it expects something of. */
export function designsOfEntry(entry: CorpusEntry, known: readonly Design[]): readonly Design[] {
  return known.filter(({ id, canary, probe }) => id in entry.expectations || (!canary && probe !== true));
}

/** The entry with what was found as what is expected from now on; what is unknown changes nothing. */
export function withExpectations(entry: CorpusEntry, cells: readonly CorpusCell[]): CorpusEntry {
  const found = cells.flatMap(({ design, verdict }) => (verdict === "unknown" ? [] : [[design, verdict] as const]));
  return { ...entry, expectations: { ...entry.expectations, ...Object.fromEntries(found) } };
}

interface Found {
  readonly cell: CorpusCell;
  readonly run?: Counterexample;
}

function cellOf(entry: CorpusEntry, design: Design, options: CorpusOptions): Found {
  const expected = entry.expectations[design.id];
  const cell = { design: design.id, ...(expected === undefined ? {} : { expected }) };
  const notRun = (reason: string): Found => ({
    cell: { ...cell, verdict: "n/a", how: "not run", completeness: reason, states: 0 },
  });
  const reason = design.notApplicable[entry.claim] ?? missingPart(entry, design);
  if (reason !== undefined) return notRun(reason);
  const origin = originOf(entry, design);
  const machine = machineForRun(origin);
  const beyond = beyondWorld(entry.actions, machine.world);
  if (beyond !== undefined) return notRun(beyond);
  const attempts = new Attempts(machine, entry.claim);
  if (!attempts.applies) return notRun(`${entry.claim} means nothing in this world`);
  const replayed = attempts.named(entry.actions);
  if (replayed.violated) {
    const left = entry.actions.length - replayed.taken.length;
    const completeness = `the recorded run (${replayed.taken.length} steps${left === 0 ? "" : `, ${left} left out`})`;
    const run = recorded(entry, origin, replayed.taken);
    return { cell: { ...cell, verdict: "violated", how: "replayed", completeness, states: 0 }, run };
  }
  const { maxStates = CORPUS_MAX_STATES, shouldStop } = options;
  const limits = { maxStates, ...(shouldStop === undefined ? {} : { shouldStop }) };
  const {
    verdict,
    states,
    path,
    reason: why,
  } = searchSchedules(machineForRun(origin), entry.calls, entry.claim, limits);
  const found: CorpusCell = { ...cell, verdict, how: "searched", completeness: sentence(verdict, states, why), states };
  return path === undefined ? { cell: found } : { cell: found, run: recorded(entry, origin, path) };
}

/** A world with what the calls ask for, whichever design they were recorded on. */
function originOf(entry: CorpusEntry, design: Design): RunOrigin {
  const actions = [...entry.actions, ...entry.calls.map(({ action }) => action)];
  return { design: design.id, scope: entry.scope, steps: actions.map((action) => ({ action })) };
}

function recorded(entry: CorpusEntry, origin: RunOrigin, actions: readonly number[]): Counterexample {
  const machine: Machine = machineForRun(origin);
  return recordRun(machine, actions, entry.claim, {
    scope: entry.scope,
    engine: "corpus",
    minimality: "locally minimal",
  });
}

/** Why a design cannot be put into the entry's world at all. */
function missingPart({ scope }: CorpusEntry, design: Design): string | undefined {
  const { calls } = softwareFor(design);
  const { callMenu, spaces } = parseScope(scope);
  if (spaces !== undefined && design.asi === undefined) return "the design has no code for address spaces";
  const missing = callMenu.find(({ call }) => (calls[call] ?? design.asi?.calls[call]) === undefined);
  return missing === undefined ? undefined : `the design has no call ${missing.call}`;
}

function sentence(verdict: VerdictWord, states: number, why = ""): string {
  if (verdict === "violated") return `another schedule (after ${states} states)`;
  if (verdict === "holds") return `EXHAUSTIVE over schedules (${states} states)`;
  return verdict === "unknown" ? `BOUNDED (${states} states; ${why})` : why;
}

function isUnmet({ verdict, expected }: CorpusCell): boolean {
  if (expected === undefined || verdict === expected) return false;
  return verdict !== "unknown" || expected === "violated";
}

function told({ verdict, completeness }: CorpusCell): string {
  return `is ${verdict} (${completeness})`;
}
