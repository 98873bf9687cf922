import { buddyinfo, pagetypeinfo } from "../impl/mm/proc/buddyinfo.ts";
import { vmstat } from "../impl/mm/proc/vmstat.ts";
import { zoneinfo } from "../impl/mm/proc/zoneinfo.ts";
import { GFP } from "../model/gfp.ts";
import { USE_ANON, USE_FILE, USE_KERNEL, USE_MOVABLE } from "../model/ledger.ts";
import type { Machine } from "../model/machine.ts";
import { CallGate, type Probes } from "./boot-kernel/call-gate.ts";
import type { KernelViolation } from "./boot-kernel/claim-watch.ts";
import { failureReason } from "./boot-kernel/failure-reason.ts";
import { type AllocAnswer, type AllocSite, KernelCallers } from "./boot-kernel/kernel-callers.ts";
import type { BootOptions } from "./boot-kernel/options.ts";
import * as page from "./boot-kernel/page-questions.ts";
import * as range from "./boot-kernel/range-calls.ts";
import { type CallSite, checkAllocated, checkCpu, checkOrder } from "./boot-kernel/refusals.ts";

export type { KernelViolation } from "./boot-kernel/claim-watch.ts";
export type { AllocFailure } from "./boot-kernel/failure-reason.ts";
export type { AllocAnswer, AllocSite } from "./boot-kernel/kernel-callers.ts";
export type { BootOptions } from "./boot-kernel/options.ts";
export type { PageblockLabel, PageOwner, Presence, Use } from "./boot-kernel/page-questions.ts";
export type { RangeAnswer } from "./boot-kernel/range-calls.ts";
export type { CallContext, CallSite } from "./boot-kernel/refusals.ts";

/** Where calls are made that do not say: task context on CPU 0. */
const CPU0: CallSite = { cpu: 0 };

const NOTHING_TOLD = [0, 0, 0] as const;

const USES = { kernel: USE_KERNEL, file: USE_FILE, anon: USE_ANON, movable: USE_MOVABLE } as const;

/**
 * Boots a kernel that runs each call to completion, for scripts, tests and a REPL.
 *
 * Every call goes step by step through the model of the page allocator with the design plugged in, interrupts are served and
 * woken threads run, and all claims are held against each step.
 *
 * - **Shapes, units**: blocks by head pfn and order (log2 of pages of 4 KiB); flags are values of `GFP`, joined by `|`.
 * - **Cost**: a 64 GiB machine boots in under two seconds with at most 64 bytes of state a page.
 * - **Errors**: `InputError` for options that no machine has (BAD-MEMORY, BAD-SCOPE, BAD-ZONES, BAD-GEOMETRY, UNKNOWN-DESIGN).
 */
export function bootKernel(options: BootOptions, probes?: Probes): BootedKernel {
  return new BootedKernel(options, probes);
}

/**
 * A booted kernel. Misuse that a real kernel would crash on is refused: `InputError` UNKNOWN-CPU, UNKNOWN-PFN, BAD-ORDER,
 * BAD-GFP, NOT-ALLOCATED, WRONG-ORDER, BAD-RANGE, and KERNEL-STUCK once a claim about its structures has failed.
 */
export class BootedKernel {
  /** The allocators' callers with what they do when they are refused. */
  readonly callers: KernelCallers;
  private readonly gate: CallGate;

  constructor(options: BootOptions, probes?: Probes) {
    this.gate = new CallGate(options, probes);
    const { pageblockOrder } = this.machine.world.geometry;
    this.callers = new KernelCallers((gfp, order, site) => this.allocPages(gfp, order, site), pageblockOrder);
  }

  /** The machine underneath, for whoever wants to drive single steps. */
  get machine(): Machine {
    return this.gate.machine;
  }

  // ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** `alloc_pages()`. */
  allocPages(gfp: number, order: number, site: AllocSite): AllocAnswer {
    checkOrder(this.gate.k, order);
    const done = this.gate.call(site, this.machine.software.alloc, [this.gate.request(gfp), order, 0]);
    if (done.value < 0) {
      return { ok: false, reason: failureReason(this.machine.world, { ...done, gfp, order }) };
    }
    this.holdFor(done.value, gfp, site);
    return { ok: true, pfn: done.value };
  }

  /** `__free_pages()`; the order is the one it was allocated with. */
  freePages(pfn: number, order: number, site: CallSite = CPU0): void {
    checkAllocated(this.gate.k, pfn, order);
    this.gate.free(site, pfn);
  }

  /** `alloc_pages_bulk()`: up to `count` single pages, as many as come easily. */
  allocPagesBulk(gfp: number, count: number, site: AllocSite): readonly number[] {
    const done = this.gate.call(site, "alloc_pages_bulk", [this.gate.request(gfp), count, 0]);
    for (const pfn of done.handedOut) this.holdFor(pfn, gfp, site);
    return done.handedOut;
  }

  /** `alloc_pages_exact()`: a run of `count` pages, each freed by itself or all by `freePagesExact`. */
  allocPagesExact(gfp: number, count: number, site: AllocSite): AllocAnswer {
    const order = Math.ceil(Math.log2(count));
    checkOrder(this.gate.k, order);
    const done = this.gate.call(site, "alloc_pages_exact", [this.gate.request(gfp), count, 0]);
    if (done.value < 0) return { ok: false, reason: failureReason(this.machine.world, { ...done, gfp, order }) };
    for (let pfn = done.value; pfn < done.value + count; pfn++) this.holdFor(pfn, gfp, site);
    return { ok: true, pfn: done.value };
  }

  freePagesExact(pfn: number, count: number, site: CallSite = CPU0): void {
    range.freeRange(this.gate, pfn, count, site);
  }

  /** `release_pages()`: many blocks at once, as whoever unmaps memory frees it. */
  releasePages(pfns: readonly number[], site: CallSite = CPU0): void {
    for (const pfn of pfns) checkAllocated(this.gate.k, pfn);
    this.gate.release(site, pfns);
  }

  /** `split_page()`, or into larger pieces as folios are split: they may be freed one by one from here on. */
  splitPage(pfn: number, into = 0): void {
    checkAllocated(this.gate.k, pfn);
    checkOrder(this.gate.k, into);
    if (this.gate.k.ledger.order(pfn) > into) this.gate.k.ledger.split(pfn, into);
  }

  /** Empties the per-CPU lists: those of one CPU where one is told, else of all. */
  drainPages(cpu?: number): void {
    if (cpu === undefined) {
      this.drainAllPages();
      return;
    }
    checkCpu(this.gate.k, cpu);
    this.gate.call(CPU0, this.machine.software.drain, [0, 0, cpu + 1]);
  }

  /** `drain_all_pages()`. */
  drainAllPages(): void {
    this.gate.call(CPU0, "drain_all_pages", NOTHING_TOLD);
  }

  /** Folds the CPUs' shares into the counts that everybody reads, as the kernel does every second on each CPU. */
  updateVmstat(): void {
    for (let cpu = 0; cpu < this.machine.world.cpus; cpu++) this.gate.call({ cpu }, "vmstat_update", NOTHING_TOLD);
  }

  /**
   * Allocations and frees on several CPUs at once, at most one on each: their micro-steps and interrupts in an order drawn from the
   * seed. Answers the pfn that each allocation got, -1 for a refused one and for a free.
   */
  together(
    calls: readonly (
      | { readonly cpu: number; readonly gfp: number; readonly order: number }
      | { readonly cpu: number; readonly free: number }
    )[],
    seed: number,
  ): readonly number[] {
    for (const call of calls) {
      if ("free" in call) checkAllocated(this.gate.k, call.free);
      else checkOrder(this.gate.k, call.order);
    }
    const made = calls.map((call) =>
      "free" in call ? call : { cpu: call.cpu, request: this.gate.request(call.gfp), order: call.order },
    );
    return this.gate.together(made, seed);
  }

  // ── ranges ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** `alloc_contig_range()`: the pages from `start` to before `end`, whoever has them now. */
  allocContigRange(start: number, end: number, gfp: number, site: CallSite = CPU0): range.RangeAnswer {
    return range.allocContigRange(this.gate, start, end, gfp, site);
  }

  /** `cma_alloc()`: `count` pages of the CMA area, aligned to 2^`align` pages. */
  cmaAlloc(count: number, align: number, gfp: number, site: CallSite = CPU0): range.RangeAnswer {
    return range.cmaAlloc(this.gate, count, align, gfp, site);
  }

  freeContigRange(start: number, count: number, site: CallSite = CPU0): void {
    range.freeRange(this.gate, start, count, site);
  }

  offlinePages(start: number, count: number, site: CallSite = CPU0): range.RangeAnswer {
    return range.offlinePages(this.gate, start, count, site);
  }

  onlinePages(start: number, count: number, site: CallSite = CPU0): void {
    range.onlinePages(this.gate, start, count, site);
  }

  /** `memory_failure()`: true when the page is out of use. */
  memoryFailure(pfn: number, site: CallSite = CPU0): boolean {
    return range.memoryFailure(this.gate, pfn, site);
  }

  /** `soft_offline_page()`: true when the page was moved away from and is out of use. */
  softOffline(pfn: number, site: CallSite = CPU0): boolean {
    return range.softOffline(this.gate, pfn, site);
  }

  unpoison(pfn: number, site: CallSite = CPU0): boolean {
    return range.unpoisonMemory(this.gate, pfn, site);
  }

  /** Free page reporting: tells the hypervisor about large free blocks, once for each. */
  reportFreePages(site: CallSite = CPU0): void {
    this.gate.call(site, "report_free_pages", NOTHING_TOLD);
  }

  // ── what owners do with their pages ─────────────────────────────────────────────────────────────────────────────────

  /** The block becomes page cache or anonymous memory: reclaim and compaction may take or move it from here on. */
  addToLru(pfn: number, use: "file" | "anon", site: CallSite = CPU0): void {
    checkAllocated(this.gate.k, pfn);
    this.gate.k.ledger.setUse(pfn, USES[use]);
    if (use === "anon") this.gate.k.ledger.setUnsaved(pfn, true);
    this.tell("folio_add_lru", pfn, site);
  }

  /** `folio_mark_accessed()`. */
  touch(pfn: number, site: CallSite = CPU0): void {
    this.tell("folio_mark_accessed", pfn, site);
  }

  /** The owner writes to it: its content exists nowhere else. */
  dirty(pfn: number, site: CallSite = CPU0): void {
    this.tell("folio_mark_dirty", pfn, site);
  }

  /** The device has written the page. */
  endWriteback(pfn: number, site: CallSite = CPU0): void {
    this.tell("end_writeback", pfn, site);
  }

  /** The owner of a page that is on the swap device reads it back or gives it up: its slot is free again. */
  freeSwapSlot(site: CallSite = CPU0): void {
    this.gate.call(site, "swap_free", NOTHING_TOLD);
  }

  /** A long-term pin (`pin_user_pages`): nobody may move it, whatever its migratetype. */
  pin(pfn: number): void {
    checkAllocated(this.gate.k, pfn);
    this.gate.k.ledger.setPinned(pfn, true);
  }

  unpin(pfn: number): void {
    checkAllocated(this.gate.k, pfn);
    this.gate.k.ledger.setPinned(pfn, false);
  }

  /** Writing 1 to /proc/sys/vm/compact_memory. */
  compactMemory(site: CallSite = CPU0): void {
    this.gate.call(site, "compact_memory", NOTHING_TOLD);
  }

  /** Runs kernel threads that are woken (the design's, kswapd, kcompactd); answers how many times one ran. */
  runWorkers(): number {
    return this.gate.runWorkers();
  }

  // ── questions ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Raw present bits of the restricted map. */
  restrictedPresence(pfn: number, count: number): page.Presence {
    return page.restrictedPresence(this.machine, pfn, count);
  }

  /** Raw present bits of the direct map. */
  directMapPresence(pfn: number, count: number): page.Presence {
    return page.directMapPresence(this.machine, pfn, count);
  }

  pageblock(pfn: number): page.PageblockLabel {
    return page.pageblock(this.machine, pfn);
  }

  /** Order if `pfn` is the head of a free buddy block, else undefined. */
  buddyOrder(pfn: number): number | undefined {
    return page.freeBlockOrder(this.gate.k, pfn);
  }

  /** `clean`, `public`, or whose secret the page holds. */
  content(pfn: number): string {
    return page.content(this.gate.k, pfn);
  }

  owner(pfn: number): page.PageOwner {
    return page.owner(this.gate.k, pfn);
  }

  /** Every claim that failed at a step since the last question, then every one that fails in the state as it is. */
  violations(): readonly KernelViolation[] {
    return this.gate.watch.violations();
  }

  buddyinfo(): string {
    return buddyinfo(this.gate.k);
  }

  pagetypeinfo(): string {
    return pagetypeinfo(this.gate.k);
  }

  zoneinfo(): string {
    return zoneinfo(this.gate.k);
  }

  vmstat(): string {
    return vmstat(this.gate.k);
  }

  private holdFor(pfn: number, gfp: number, site: AllocSite): void {
    const use = site.use ?? ((gfp & GFP.MOVABLE) === 0 ? "kernel" : "movable");
    if (use === "file" || use === "anon") this.addToLru(pfn, use, { cpu: site.cpu });
    else this.gate.k.ledger.setUse(pfn, USES[use]);
  }

  private tell(entry: string, pfn: number, site: CallSite): void {
    checkAllocated(this.gate.k, pfn);
    this.gate.call(site, entry, [0, this.gate.k.ledger.order(pfn), pfn + 1]);
  }
}
