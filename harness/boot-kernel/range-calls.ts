import { GFP } from "../../model/gfp.ts";
import type { CallGate } from "./call-gate.ts";
import { type CallSite, checkAllocated, checkOrder, checkPfn, checkRange } from "./refusals.ts";

export type RangeAnswer = { readonly ok: true; readonly pfn: number } | { readonly ok: false; readonly reason: string };

/**
 * Entry points that work on a range of pages. Links are pfn + 1; a range ends before the link in local 2.
 *
 * - **Shapes, units**: pfns, `end` exclusive.
 */
export function allocContigRange(gate: CallGate, start: number, end: number, gfp: number, site: CallSite): RangeAnswer {
  checkRange(gate.k, start, end);
  const done = gate.call(site, "alloc_contig_range", [gate.request(gfp), end + 1, start + 1]);
  return done.value < 0 ? { ok: false, reason: "busy" } : { ok: true, pfn: start };
}

export function cmaAlloc(gate: CallGate, count: number, align: number, gfp: number, site: CallSite): RangeAnswer {
  checkRange(gate.k, 0, count);
  checkOrder(gate.k, align);
  const done = gate.call(site, "cma_alloc", [gate.request(gfp), count, align]);
  return done.value < 0 ? { ok: false, reason: "busy" } : { ok: true, pfn: done.value };
}

/** free_contig_range and free_pages_exact: every page by itself. */
export function freeRange(gate: CallGate, start: number, count: number, site: CallSite): void {
  checkRange(gate.k, start, start + count);
  for (let pfn = start; pfn < start + count; pfn++) checkAllocated(gate.k, pfn, 0);
  for (let pfn = start; pfn < start + count; pfn++) gate.free(site, pfn);
}

export function offlinePages(gate: CallGate, start: number, count: number, site: CallSite): RangeAnswer {
  checkRange(gate.k, start, start + count);
  const done = gate.call(site, "offline_pages", [gate.request(GFP.KERNEL), start + count + 1, start + 1]);
  return done.value < 0 ? { ok: false, reason: "busy" } : { ok: true, pfn: start };
}

export function onlinePages(gate: CallGate, start: number, count: number, site: CallSite): void {
  checkRange(gate.k, start, start + count);
  gate.call(site, "online_pages", [gate.request(GFP.KERNEL), start + count + 1, start + 1]);
}

/** memory_failure(): true when the page is out of use. */
export function memoryFailure(gate: CallGate, pfn: number, site: CallSite): boolean {
  checkPfn(gate.k, pfn);
  return gate.call(site, "memory_failure", [gate.request(GFP.KERNEL), 0, pfn + 1]).value >= 0;
}

export function softOffline(gate: CallGate, pfn: number, site: CallSite): boolean {
  checkPfn(gate.k, pfn);
  return gate.call(site, "soft_offline", [gate.request(GFP.KERNEL), 0, pfn + 1]).value >= 0;
}

export function unpoisonMemory(gate: CallGate, pfn: number, site: CallSite): boolean {
  checkPfn(gate.k, pfn);
  return gate.call(site, "unpoison_memory", [gate.request(GFP.KERNEL), 0, pfn + 1]).value >= 0;
}
