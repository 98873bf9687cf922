import type { Change } from "../model/diff.ts";

/**
 * What a micro-step did, as a reader is told it.
 *
 * - **pages**: `clear pfn 0-3`, `pfn 2 → queue list`. **set**: `curr_asi := NULL`; of several in one event the last one counts,
 *   unless all are `kept` because their order among other effects matters. **words**: a sentence of its own. **arrow**: something
 *   that goes to another CPU; `words` say so where no arrow can be drawn.
 */
export type Effect =
  | { readonly kind: "pages"; readonly verb: string; readonly pfns: readonly number[]; readonly tail: string }
  | { readonly kind: "set"; readonly name: string; readonly before: string; readonly after: string }
  | { readonly kind: "words"; readonly words: string }
  | { readonly kind: "arrow"; readonly label: string; readonly to: number; readonly words: string };

/** An invalidation that took nothing away that a reader need know of. */
export const BARE_FLUSH = "flush";

/**
 * Joins equal effects on several pages into one, and assignments to one variable into the last, as far as no effect whose
 * order matters stands between: nothing moves across a flush, an IPI or a wait, and no flush moves across a store.
 */
export function merge(effects: readonly Effect[]): Effect[] {
  const merged: Effect[] = [];
  for (const effect of effects) {
    if (effect.kind === "pages") mergePages(merged, effect);
    else if (effect.kind === "set") mergeSet(merged, effect);
    else if (!(effect.kind === "words" && isToldAlready(merged, effect.words))) merged.push(effect);
  }
  return merged;
}

export function printEffect(effect: Effect): string {
  switch (effect.kind) {
    case "pages":
      return [effect.verb, effect.pfns.length === 0 ? "" : printPages(effect.pfns), effect.tail]
        .filter((part) => part !== "")
        .join(" ");
    case "set":
      return `${effect.name} := ${effect.after}`;
    default:
      return effect.words;
  }
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
export function indexIn({ where }: Pick<Change, "where">, dimension: string): number | undefined {
  const label = `[${dimension} `;
  const at = where.indexOf(label);
  if (at < 0) return undefined;
  const found = Number(where.slice(at + label.length, where.indexOf("]", at)));
  return Number.isInteger(found) ? found : undefined;
}

type PagesEffect = Extract<Effect, { kind: "pages" }>;
type SetEffect = Extract<Effect, { kind: "set" }>;

function mergePages(merged: Effect[], effect: PagesEffect): void {
  for (let at = merged.length - 1; at >= 0; at--) {
    const known = merged[at] as Effect;
    if (known.kind === "pages" && known.verb === effect.verb && known.tail === effect.tail) {
      merged[at] = { ...known, pfns: [...known.pfns, ...effect.pfns] };
      return;
    }
    if (isOrdered(known) !== isOrdered(effect)) break;
  }
  const last = merged.at(-1);
  if (isFlush(effect) && last?.kind === "words" && last.words === BARE_FLUSH) merged.pop();
  merged.push(effect);
}

function mergeSet(merged: Effect[], effect: SetEffect): void {
  const at = merged.findIndex((known) => known.kind === "set" && known.name === effect.name);
  const known = merged[at];
  if (known?.kind !== "set") {
    merged.push(effect);
    return;
  }
  merged.splice(at, 1);
  if (known.before !== effect.after) merged.push({ ...effect, before: known.before });
}

/** Several invalidations in a row, or a wait twice, are told once. */
function isToldAlready(merged: readonly Effect[], words: string): boolean {
  const last = merged.at(-1);
  if (last === undefined) return false;
  return words === BARE_FLUSH ? isFlush(last) : last.kind === "words" && last.words === words;
}

function isFlush(effect: Effect): boolean {
  return effect.kind === "pages" ? effect.verb === "flush" : effect.kind === "words" && effect.words === BARE_FLUSH;
}

/** Its place among stores is part of the story. */
function isOrdered(effect: Effect): boolean {
  return effect.kind === "arrow" || effect.kind === "words" || isFlush(effect);
}
