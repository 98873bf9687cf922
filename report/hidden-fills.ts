import type { RecordedStep } from "../model/counterexample.ts";
import { TRANSLATION } from "../model/translations.ts";
import { RunCells } from "./run-cells.ts";
import type { RunNames } from "./run-names.ts";
import { indexIn, printPages } from "./step-effects.ts";

/** Hardware that the run implies and nobody chose: a CPU has cached something speculatively. */
export interface HiddenFill {
  /** The last step before which it can have happened. */
  readonly step: number;
  /** The step behind which it can have happened at the earliest; -1 is the start. */
  readonly since: number;
  readonly cpu: number;
  readonly text: string;
}

/** What a violation is about: pages, and CPU, PCID and pageblocks where the witness names any. */
export interface Suspects {
  readonly pages: ReadonlySet<number>;
  readonly blocks: ReadonlySet<number>;
  readonly cpu: number | undefined;
  readonly tag: number | undefined;
}

interface Entry {
  readonly key: string;
  readonly cpu: number;
  readonly tag: number;
  readonly row: number;
}

interface Moment {
  readonly step: number;
  readonly since: number;
}

/**
 * Speculative fills that the may-hold abstraction leaves out and the violation needs: a CPU that still holds, at the end, an
 * entry that it could not cache any more must have cached it before. Only for what the witness names.
 */
export function hiddenFills(steps: readonly RecordedStep[], names: RunNames, suspects: Suspects): HiddenFill[] {
  return names.rows === undefined ? plainFills(steps, suspects) : spaceFills(steps, names, suspects);
}

/** One protected context per CPU: what is stale at the end was cached when its leaf was cleared. */
function plainFills(steps: readonly RecordedStep[], { pages, cpu: suspect }: Suspects): HiddenFill[] {
  const open = new Map<string, Moment & { readonly cpu: number; readonly pfn: number }>();
  const cachedSince = new Map<string, number>();
  steps.forEach((step, at) => {
    for (const change of step.changes) {
      if (change.column !== "tlb.entry") continue;
      const cpu = indexIn(change, "cpu") ?? 0;
      const pfn = indexIn(change, "pfn") ?? 0;
      if (!pages.has(pfn) || (suspect !== undefined && cpu !== suspect)) continue;
      open.delete(change.where);
      if (change.after === String(TRANSLATION.cached)) cachedSince.set(change.where, at);
      if (change.after !== String(TRANSLATION.stale)) continue;
      open.set(change.where, { step: at, since: cachedSince.get(change.where) ?? -1, cpu, pfn });
    }
  });
  return byMoment([...open.values()].map((fill) => ({ ...fill, where: "" })));
}

function spaceFills(steps: readonly RecordedStep[], names: RunNames, suspects: Suspects): HiddenFill[] {
  const last = new RunCells(names.start);
  for (const step of steps) last.apply(step);
  const entries = heldEntries(names, last, suspects).filter((entry) => !canFill(entry, names, last));
  const moments = lastMoments(steps, names, entries);
  const fills = entries.map((entry) => {
    const { pfn = 0, ...rest } = names.heldRow(entry.row);
    const since = moments.get(entry.key) ?? { step: 0, since: -1 };
    return { ...since, cpu: entry.cpu, pfn, where: placeOf(entry, rest, names, steps, since.step) };
  });
  return byMoment(fills);
}

function heldEntries(names: RunNames, cells: RunCells, { pages, blocks, cpu, tag }: Suspects): Entry[] {
  const found: Entry[] = [];
  const total = names.rows?.total ?? 0;
  for (let at = 0; at < names.cpus; at++) {
    for (let pcid = 0; pcid <= names.tags; pcid++) {
      if (!names.isProtected(pcid) || !isNamedTag(pcid, tag, names) || (cpu ?? at) !== at) continue;
      for (let row = 0; row < total; row++) {
        const { pfn, block } = names.heldRow(row);
        const isNamed = block === undefined ? pages.has(pfn ?? -1) : blocks.has(block);
        const cell = (at * (names.tags + 1) + pcid) * total + row;
        if (isNamed && cells.count("held.entry", cell) !== 0) found.push({ key: `${cell}`, cpu: at, tag: pcid, row });
      }
    }
  }
  return found;
}

/** Global entries answer under every PCID. */
function isNamedTag(pcid: number, named: number | undefined, { tags }: RunNames): boolean {
  return named === undefined || pcid === named || pcid === tags;
}

/** For each entry: the step that ended the last time in which it could be cached, and where that time began. */
function lastMoments(
  steps: readonly RecordedStep[],
  names: RunNames,
  entries: readonly Entry[],
): ReadonlyMap<string, Moment> {
  const found = new Map<string, Moment>();
  const openSince = new Map<string, number>();
  const cells = new RunCells(names.start);
  for (const entry of entries) if (canFill(entry, names, cells)) openSince.set(entry.key, -1);
  steps.forEach((step, at) => {
    cells.apply(step);
    for (const entry of entries) {
      const since = openSince.get(entry.key);
      if (canFill(entry, names, cells)) openSince.set(entry.key, since ?? at);
      else if (since !== undefined) {
        found.set(entry.key, { step: at, since });
        openSince.delete(entry.key);
      }
    }
  });
  return found;
}

/** The entry is present in the tables that the CPU has loaded, under this PCID. */
function canFill({ cpu, tag, row }: Entry, names: RunNames, cells: RunCells): boolean {
  if (tag < names.tags && cells.count("as.pcid", cpu) !== tag) return false;
  const root = cells.count("as.root", cpu);
  const view = root % names.views;
  if (tag >= names.tags && view !== 0) return false;
  const { pfn = 0, block, area, user } = names.heldRow(row);
  if (block !== undefined) return view !== 0 && cells.get("as.table", block) !== "-";
  if (area !== undefined) {
    return (
      cells.get("as.vmap", area) === `pfn ${pfn}` && (view === 0 || cells.get("as.vmapRestricted", area) === "yes")
    );
  }
  if (user !== undefined) {
    const pages = (names.rows?.uppers ?? 0) * user + pfn;
    return user === Math.floor(root / names.views) && cells.get("as.user", pages) === "yes";
  }
  return view === 0 ? cells.get("as.directAbsent", pfn) === "no" : cells.get("hw.present", pfn) === "yes";
}

/** Under which name the CPU keeps the entry, as of a step. */
function placeOf(
  { cpu, tag }: Entry,
  { block, area, user }: { block?: number; area?: number; user?: number },
  names: RunNames,
  steps: readonly RecordedStep[],
  until: number,
): string {
  const cells = new RunCells(names.start);
  for (const step of steps.slice(0, until)) cells.apply(step);
  const owner = cells.get("held.filledFor", cpu * names.tags + tag);
  const context = tag >= names.tags ? "as a global entry" : contextOf(owner, tag, names);
  if (block !== undefined) return `the upper entry of block ${block} ${context}`;
  if (area !== undefined) return `through area ${area} ${context}`;
  return user === undefined ? context : `of mm${user}'s user part ${context}`;
}

function contextOf(owner: string | undefined, tag: number, names: RunNames): string {
  const mm = owner === undefined || owner === "-" ? "the" : `${owner}'s`;
  return `in ${mm} ${names.view(tag % names.views)} context, PCID ${tag}`;
}

/** One line for all pages that a CPU caches at one moment in one place. */
function byMoment(fills: readonly (Moment & { cpu: number; pfn: number; where: string })[]): HiddenFill[] {
  const groups = new Map<string, (typeof fills)[number][]>();
  for (const fill of fills) {
    const key = `${fill.step} ${fill.since} ${fill.cpu} ${fill.where}`;
    groups.set(key, [...(groups.get(key) ?? []), fill]);
  }
  return [...groups.values()].map((group) => {
    const [{ step, since, cpu, where }] = group as [(typeof fills)[number]];
    const isUpper = where.startsWith("the upper");
    const what = isUpper ? where : `${printPages(group.map(({ pfn }) => pfn))}${where === "" ? "" : ` ${where}`}`;
    return { step, since, cpu, text: `may cache ${what} (speculative fill)` };
  });
}
