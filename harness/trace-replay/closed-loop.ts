import { LEVEL_TASK } from "../../model/kernel.ts";
import { USE_KERNEL } from "../../model/ledger.ts";
import { PLACE_ALLOCATED } from "../../model/lists.ts";
import type { Machine } from "../../model/machine.ts";
import type { Program } from "../../model/program.ts";
import { useOfRequest } from "./lru-class.ts";
import type { PageMap } from "./page-map.ts";
import type { Runner } from "./runner.ts";

/**
 * The mode in which the model reclaims for itself: pages of users and of the page cache go onto its LRU lists, and what the
 * recorded kernel reclaimed stays until the model takes it.
 *
 *     recorded kernel reclaims a page          the model has it still: it stays, standing for nothing any more
 *     the model reclaims a page                the recording has it still: one refault, when it is found out
 *     compaction of the model moves a page     the map follows
 *
 * - **Leaves out**: that a page reclaimed too early is read in again: the refault is counted, no page is allocated for it.
 */
export class ClosedLoop {
  /** Pages that the model had taken from an owner who, in the recording, still had them. */
  refaults = 0;
  private readonly addLru: Program | undefined;

  constructor(
    private readonly machine: Machine,
    private readonly map: PageMap,
    private readonly runner: Runner,
  ) {
    this.addLru = machine.software.calls.folio_add_lru;
    const { tracepoints } = machine.k;
    const { migrated } = tracepoints;
    machine.k.tracepoints = {
      ...tracepoints,
      migrated: (from, to, order) => {
        for (let i = 0; i < 1 << order; i++) map.moved(from + i, to + i);
        migrated?.(from, to, order);
      },
    };
  }

  /** The owner says what it holds a block for; reclaim may find it from now on. */
  holds(cpu: number, model: number, gfp: number): void {
    const use = useOfRequest(gfp);
    if (use === USE_KERNEL || this.addLru === undefined) return;
    const { k } = this.machine;
    k.ledger.setUse(model, use);
    this.runner.startCall(cpu, LEVEL_TASK, this.addLru, k.ledger.order(model), model);
    this.runner.finish(cpu, LEVEL_TASK);
  }

  /** A block was given out: whoever had its pages before has lost them to reclaim. */
  beforeSettling(model: number, order: number): void {
    for (let page = model; page < model + (1 << order); page++) {
      const pfn = this.map.recordedOf(page);
      if (pfn >= 0) this.lose(pfn);
    }
  }

  /** A workload frees pages, some of which the model may have taken away already. */
  beforeFree(pfn: number, order: number): void {
    for (let page = pfn; page < pfn + (1 << order); page++) {
      const model = this.map.modelOf(page);
      if (model >= 0 && !this.isHeld(model)) this.lose(page);
    }
  }

  /** The recorded kernel reclaimed the block: the model keeps what it has. False for pages that neither has. */
  dropFree(pfn: number, order: number): boolean {
    this.beforeFree(pfn, order);
    let known = false;
    for (let page = pfn; page < pfn + (1 << order); page++) {
      known ||= this.map.isLive(page) || this.map.isTakenAway(page);
      this.map.freed(page, 1);
    }
    return known;
  }

  /** The page is part of a block that somebody was given. */
  isHeld(model: number): boolean {
    const { k } = this.machine;
    if (k.ledger.order(model) === 0) return true;
    const head = k.lists.headOf(model, (pfn) => k.ledger.order(pfn));
    return head >= 0 && k.lists.placeOf(head) === PLACE_ALLOCATED;
  }

  private lose(pfn: number): void {
    this.refaults++;
    this.map.takenAway(pfn);
  }
}
