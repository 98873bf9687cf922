import type { Change } from "../model/diff.ts";
import { IPI_FREE, IPI_SENT } from "../model/kernel-columns.ts";
import { PLACE_ALLOCATED, PLACE_FIRST_LIST } from "../model/lists.ts";
import { TRANSLATION } from "../model/translations.ts";

/**
 * The words for one changed cell, or nothing for what only carries values from step to step.
 *
 * - **lasting**: the cell is as it was left here when the claim reads it.
 */
export function changeWords(change: Change, places: readonly string[], lasting: boolean): string | undefined {
  const { column, where, before, after } = change;
  const stays = lasting ? " and is never made to drop it" : "";
  const pfn = `pfn ${indexIn(where, "pfn")}`;
  const cpu = `cpu${indexIn(where, "cpu")}`;
  switch (column) {
    case "cpu.local":
    case "list.order":
    case "list.length":
    case "tso.row":
    case "tso.value":
      return undefined;
    case "tso.column":
      return after === "0" ? undefined : `a store enters ${cpu}'s buffer`;
    case "list.placed":
      return `pages ${placeName(indexIn(where, "place"), places)}: ${after}`;
    case "cpu.pc":
      return `${cpu} comes to ${after}`;
    case "cpu.irqsOff":
      return `interrupts ${after === "0" ? "on" : "off"} on ${cpu}`;
    case "cpu.spinning":
      return `${cpu} ${after === "yes" ? "spins" : "spins no more"}`;
    case "cpu.lockHolder":
      return after === "-"
        ? `lock ${indexIn(where, "lock")} released`
        : `lock ${indexIn(where, "lock")} held by ${after}`;
    case "hw.present":
      return `the leaf of ${pfn} is ${after === "yes" ? "set" : "cleared"}`;
    case "hw.tag":
      return `${pfn} holds ${after}`;
    case "tlb.entry":
      return `${cpu} ${ENTRY[Number(after)] ?? after} ${pfn}${after === String(TRANSLATION.stale) ? stays : ""}`;
    case "held.entry":
      return heldWords(cpu, where, after, stays);
    case "list.place":
      return `${pfn} ${placeName(Number(after), places)}`;
    case "ledger.order":
      return after === "-" ? `${pfn} taken back` : `${pfn} allocated`;
    case "ipi.request":
      return ipiWords(after, indexIn(where, "cpu"), indexIn(where, "peer"));
    default:
      return `${column.slice(column.indexOf(".") + 1)}${where.replaceAll(/\[cpu (\d+)\]/g, "[cpu$1]")} ${before} -> ${after}`;
  }
}

/** What a `TRANSLATION` says of a CPU and a page. */
const ENTRY: Readonly<Record<number, string>> = {
  [TRANSLATION.absent]: "cannot hold",
  [TRANSLATION.cached]: "may cache",
  [TRANSLATION.stale]: "may hold a stale entry for",
  [TRANSLATION.fenced]: "drops before use",
  [TRANSLATION.fencedPresent]: "drops before use",
};

function heldWords(cpu: string, where: string, after: string, stays: string): string {
  const entry = `entry ${indexIn(where, "translation")} under PCID ${indexIn(where, "pcidOrGlobal")}`;
  return after === "0" ? `${cpu} drops ${entry}` : `${cpu} may hold ${entry}${stays}`;
}

function placeName(place: number, places: readonly string[]): string {
  if (place < PLACE_ALLOCATED) return "in hand";
  return place === PLACE_ALLOCATED ? "allocated" : `→ ${places[place - PLACE_FIRST_LIST] ?? "a"} list`;
}

function ipiWords(after: string, sender: number, target: number): string {
  if (after === String(IPI_SENT)) return `IPI cpu${sender} → cpu${target} sent`;
  return after === String(IPI_FREE) ? `cpu${target} acknowledges to cpu${sender}` : `cpu${target} takes the IPI`;
}

function indexIn(where: string, dimension: string): number {
  return Number(new RegExp(`\\[${dimension} (\\d+)\\]`).exec(where)?.[1] ?? -1);
}
