import { LEVEL_HARDIRQ, LEVEL_TASK } from "../../model/kernel.ts";
import { USE_MOVABLE } from "../../model/ledger.ts";
import { PLACE_ALLOCATED } from "../../model/lists.ts";
import { MOMENT } from "../../model/moments.ts";
import type { Zone } from "../../model/zone.ts";
import { type Held, requestIndex, ZonedMachine, type ZonedOptions } from "./zoned-machine.ts";

const PAGES = 2600;

/** Two nodes of two zones; borders inside pageblocks, holes at the beginning of zones. */
const ZONES: readonly Zone[] = [
  { name: "DMA32", node: 0, startPfn: 3, spanned: 250, managed: 240, pcp: { batch: 3, high: 14 } },
  { name: "Normal", node: 0, startPfn: 253, spanned: 1720, managed: 1710 },
  { name: "Normal", node: 1, startPfn: 1973, spanned: 411, managed: 411, pcp: { batch: 4, high: 20 } },
  { name: "Movable", node: 1, startPfn: 2384, spanned: 200, managed: 200 },
];

/** Calls of two CPUs, interleaved step by step, with calls in interrupts between them. */
export class Traffic {
  readonly zoned: ZonedMachine;
  readonly held: Held[] = [];
  calls = 0;
  interrupts = 0;
  refused = 0;
  readonly seen = { claimed: 0, stolen: 0, drained: 0, reserved: 0 };

  constructor(options: ZonedOptions) {
    this.zoned = new ZonedMachine({ zones: ZONES, pages: PAGES, ...options });
    this.zoned.k.tracepoints = {
      extfrag: (_pfn, _order, _from, _wanted, _type, claimed) => this.seen[claimed ? "claimed" : "stolen"]++,
      pcpuDrain: () => this.seen.drained++,
    };
  }

  move(word: number): void {
    const { k, machine } = this.zoned;
    const cpu = word & 1;
    machine.clearStep();
    const level = k.depth(cpu, LEVEL_HARDIRQ) > 0 ? LEVEL_HARDIRQ : LEVEL_TASK;
    if (k.depth(cpu, level) === 0) this.begin(cpu, LEVEL_TASK, word >>> 1);
    else if (level === LEVEL_TASK && k.irqsEnabled(cpu) && (word & 0xf0) === 0) {
      this.interrupts++;
      this.begin(cpu, LEVEL_HARDIRQ, word >>> 8);
    } else k.step(cpu, level, 0);
    this.collect();
    this.seen.reserved += this.zoned.zone().nrReservedHighatomic.get(1) > 0 ? 1 : 0;
  }

  private begin(cpu: number, level: number, word: number): void {
    const { k, machine } = this.zoned;
    this.calls++;
    const crowded = this.zoned.k.lists.pagesIn(PLACE_ALLOCATED) > PAGES - 100;
    const kind = (word >>> 4) % 64;
    if (level === LEVEL_TASK && kind < 6) this.rare(cpu, kind, word >>> 10);
    else if (kind % 2 === 0 || crowded) this.free(cpu, level, word >>> 10);
    else {
      const order = [0, 0, 0, 1, 1, 2, 3, 4, 5, 9][(word >>> 10) % 10] as number;
      const { alloc } = machine.software;
      const request = (word >>> 14) % machine.world.requests.length;
      const fits =
        level === LEVEL_TASK ? request : requestIndex((["atomic", "nowait", "bare"] as const)[request % 3] ?? "bare");
      k.start(cpu, level, alloc, 0, fits, order, 0);
    }
  }

  private free(cpu: number, level: number, word: number): void {
    const { k, machine } = this.zoned;
    const [block] = this.held.splice(word % Math.max(this.held.length, 1), 1);
    if (block === undefined) return;
    if (block.order > 0 && word % 5 === 0) {
      // Freed in pieces, the rest later.
      k.ledger.split(block.pfn, 0);
      for (let pfn = block.pfn + 1; pfn < block.pfn + (1 << block.order); pfn++) this.held.push({ pfn, order: 0 });
    }
    k.start(cpu, level, machine.software.free, 0, 0, k.ledger.takeBack(block.pfn), block.pfn + 1);
  }

  private rare(cpu: number, kind: number, word: number): void {
    const { k, machine } = this.zoned;
    const { calls } = machine.software;
    const start = (name: string, b = 0, c = 0, d = 0): void => {
      const program = calls[name];
      if (program === undefined) throw new Error(name);
      k.start(cpu, LEVEL_TASK, program, 0, b, c, d);
    };
    const request = word % machine.world.requests.length;
    if (kind === 0) start("alloc_pages_bulk", request, (word >>> 4) % 20);
    else if (kind === 1) start("alloc_pages_exact", request, (word >>> 4) % 40);
    else if (kind === 2) start((word & 1) === 0 ? "drain_all_pages" : "drain_zone", 0, (word >>> 1) % 4);
    else if (kind === 3) start("vmstat_update");
    else if (kind === 4) start("unreserve_highatomic_pageblock", 0, word & 1);
    else {
      for (let i = 0; i < word % 12; i++) {
        const block = this.held.pop();
        if (block === undefined) break;
        const order = k.ledger.takeBack(block.pfn);
        k.lists.addTail(k.listOf("bulk", cpu), block.pfn, order);
      }
      start("release_pages");
    }
  }

  private collect(): void {
    const { moments, ledger } = this.zoned.k;
    for (let i = 0; i < moments.count; i++) {
      if (moments.kinds[i] === MOMENT.handOut) {
        const pfn = moments.pfns[i] as number;
        this.held.push({ pfn, order: ledger.order(pfn) });
        if (pfn % 3 === 0) ledger.setUse(pfn, USE_MOVABLE);
      } else if (moments.kinds[i] === MOMENT.callReturn && moments.pfns[i] === -1) this.refused++;
    }
  }
}
