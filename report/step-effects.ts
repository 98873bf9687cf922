import type { RecordedStep } from "../model/counterexample.ts";
import type { Change } from "../model/diff.ts";
import { IPI_FREE, IPI_SENT } from "../model/kernel-columns.ts";
import { PLACE_ALLOCATED, PLACE_FIRST_LIST } from "../model/lists.ts";
import { TRANSLATION } from "../model/translations.ts";

/** What a reader of a timeline needs beside the run itself. */
export interface EffectContext {
  /** Names of the list kinds, by the value of `list.place` − 2. */
  readonly places: readonly string[];
  /** Pages that the story is about: those the witness names. */
  readonly pages: ReadonlySet<number>;
  /** Waits for acknowledgements before which no IPI was sent. */
  readonly idleWaits: ReadonlySet<RecordedStep>;
}

/** A kind of effect and the pages it fell on; effects without pages are words alone. */
export interface Effect {
  readonly verb: string;
  readonly pfns: readonly number[];
  readonly tail: string;
}

/** Groups of columns that every machine has; what is in none of them is the design's own. */
const SHARED_GROUPS = new Set([
  "hw",
  "tlb",
  "list",
  "ledger",
  "cpu",
  "ipi",
  "work",
  "mm",
  "as",
  "held",
  "promise",
  "tso",
]);

/**
 * What a micro-step changed, as far as it matters to a reader: leaves, secrets, IPIs, invalidations, lists that a page waits
 * on, and the design's own per-CPU words.
 */
export function effectsOf(step: RecordedStep, context: EffectContext): Effect[] {
  const found = step.changes.map((change) => effectOf(change, step, context)).filter((effect) => effect !== undefined);
  const flushes = /invalidate|flush_local/.test(step.action.step ?? "");
  if (flushes && !found.some((effect) => effect.verb === "flush")) found.push(words("flush"));
  if (isWait(step)) found.push(words(context.idleWaits.has(step) ? "no other CPU was asked" : "all answered"));
  return merge(found);
}

/** Waits for acknowledgements that nobody was asked for: the shootdown left every other CPU out. */
export function idleWaits(steps: readonly RecordedStep[]): ReadonlySet<RecordedStep> {
  const asked = new Set<number>();
  const idle = new Set<RecordedStep>();
  for (const step of steps) {
    const { cpu } = step.action;
    if (step.changes.some((change) => change.column === "ipi.request" && change.after === String(IPI_SENT)))
      asked.add(cpu);
    if (!isWait(step)) continue;
    if (!asked.has(cpu)) idle.add(step);
    asked.delete(cpu);
  }
  return idle;
}

function isWait(step: RecordedStep): boolean {
  return step.action.step === "await_acks";
}

/** `clear pfn 0-3`, `pfn 2 → queue`, `send IPI → cpu1`. */
export function printEffect({ verb, pfns, tail }: Effect): string {
  return [verb, pfns.length === 0 ? "" : printPages(pfns), tail].filter((part) => part !== "").join(" ");
}

/** Joins equal effects on several pages into one. */
export function merge(effects: readonly Effect[]): Effect[] {
  const merged: Effect[] = [];
  for (const effect of effects) {
    const at = merged.findIndex((known) => known.verb === effect.verb && known.tail === effect.tail);
    const known = merged[at];
    if (known === undefined || effect.pfns.length === 0) merged.push(effect);
    else merged[at] = { ...known, pfns: [...known.pfns, ...effect.pfns] };
  }
  return merged;
}

export function printPages(pfns: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const pfn of [...new Set(pfns)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] + 1 === pfn) last[1] = pfn;
    else runs.push([pfn, pfn]);
  }
  return `pfn ${runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ")}`;
}

/** The index of a dimension in the printed place of a change: `pfn` in `[cpu 1][context 0][pfn 3]`. */
export function indexIn(change: Change, dimension: string): number | undefined {
  const found = new RegExp(`\\[${dimension} (\\d+)\\]`).exec(change.where)?.[1];
  return found === undefined ? undefined : Number(found);
}

function effectOf(change: Change, step: RecordedStep, context: EffectContext): Effect | undefined {
  const pfn = indexIn(change, "pfn") ?? -1;
  switch (change.column) {
    case "hw.present":
      return { verb: change.after === "yes" ? "map" : "clear", pfns: [pfn], tail: "" };
    case "hw.tag":
      return tagEffect(change, pfn);
    case "tlb.entry":
      return dropped(change) ? { verb: "flush", pfns: [pfn], tail: "" } : undefined;
    case "held.entry":
      return change.after === "0" ? words("flush") : undefined;
    case "as.root":
      return words(`CR3 := root ${change.after}`);
    case "as.pcid":
      return words(`PCID := ${change.after}`);
    case "as.vmap":
      return words(change.after === "-" ? "unmap the area" : `map the area to ${change.after}`);
    case "as.directAbsent":
      return { verb: change.after === "yes" ? "clear direct" : "map direct", pfns: [pfn], tail: "" };
    case "as.table":
      return words(change.after === "-" ? "unlink the table" : `link ${change.after} as table`);
    case "tso.column":
      return change.before === "0" ? words("into the store buffer") : undefined;
    case "ipi.request":
      return ipiEffect(change);
    case "list.place":
      return placeEffect(change, pfn, step, context);
    default:
      return designEffect(change);
  }
}

function tagEffect(change: Change, pfn: number): Effect | undefined {
  if (change.after.startsWith("secret")) return { verb: `write ${change.after} to`, pfns: [pfn], tail: "" };
  if (change.before.startsWith("secret") && change.after === "clean") return { verb: "zero", pfns: [pfn], tail: "" };
  return undefined;
}

function dropped(change: Change): boolean {
  return change.before === String(TRANSLATION.stale) && change.after === String(TRANSLATION.absent);
}

function ipiEffect(change: Change): Effect | undefined {
  if (change.after === String(IPI_SENT)) return words(`send IPI → cpu${indexIn(change, "peer")}`);
  if (change.after === String(IPI_FREE)) return words(`acknowledge to cpu${indexIn(change, "cpu")}`);
  return undefined;
}

/** Lists matter for pages the story is about. Leaving the caller or entering the caller is told by the call itself. */
function placeEffect(change: Change, pfn: number, step: RecordedStep, context: EffectContext): Effect | undefined {
  const after = Number(change.after);
  if (!context.pages.has(pfn) || after <= PLACE_ALLOCATED || step.action.kind !== "step") return undefined;
  return { verb: "", pfns: [pfn], tail: `→ ${context.places[after - PLACE_FIRST_LIST] ?? "a"} list` };
}

function designEffect(change: Change): Effect | undefined {
  const [group = "", column = ""] = change.column.split(".");
  if (SHARED_GROUPS.has(group) || indexIn(change, "pfn") !== undefined) return undefined;
  return words(`${column} := ${change.after}`);
}

function words(verb: string): Effect {
  return { verb, pfns: [], tail: "" };
}
