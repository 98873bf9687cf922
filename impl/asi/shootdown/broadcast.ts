import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { defineProgram, NEXT, type Program } from "../../../model/program.ts";
import type { Shootdown } from "../parts.ts";
import { FLUSH_COLUMNS, IPI_COLUMNS, keepCpu, LOCAL_PAGES, LOCAL_START, letOthersRun } from "./call-cpus.ts";

/** Named departures from a correct broadcast; each is a canary's. */
export interface BroadcastSwitches {
  /** INVLPGB is taken for done: no TLBSYNC follows. */
  readonly skipSync: boolean;
  /** The last page of the range is left out. */
  readonly endsEarly: boolean;
  /** Preemption stays on, so that the task may be moved and execute TLBSYNC on another CPU, which waits for nothing. */
  readonly mayMigrate: boolean;
}

const CORRECT: BroadcastSwitches = { skipSync: false, endsEarly: false, mayMigrate: false };

/**
 * A kernel-range flush by broadcast: INVLPGB, then TLBSYNC on the same CPU. No IPI, nobody else's cooperation, no waiting for
 * others: legal with interrupts off and under locks. INVLPGB promises nothing by itself (rule H12).
 *
 *     preemption off · fence · INVLPGB ···(CPUs drop the range at any time)··· TLBSYNC · preemption on
 *
 * Of any time, the two ends are what matters: dropped at once, an entry that is cleared before TLBSYNC stays stale; dropped at
 * TLBSYNC, one that was cleared before INVLPGB is used until then.
 *
 * It reaches all PCIDs of every CPU, globals included, so no flag is needed for other slots.
 *
 * - **Context**: any.
 * - **Leaves out**: the split of a range at invlpgb_count_max pages (docs/modelling.md); without address spaces both instructions
 *   count as one, as there is nothing to observe in between.
 * - **Source**: `invlpgb_kernel_range_flush()`, `invlpgb_flush_all()` in arch/x86, v6.15; AMD APM vol. 2 chapter 5.5, vol. 3.
 */
export function broadcastShootdown(asked: Partial<BroadcastSwitches> = {}): Shootdown {
  const flush = flushByBroadcast({ ...CORRECT, ...asked });
  return { mechanism: "broadcast", flush, groups: [], programs: [flush], calls: {} };
}

function flushByBroadcast(switches: BroadcastSwitches): Program {
  return defineProgram({
    name: "invlpgb_kernel_range_flush",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "start", sort: "pfn", link: true },
      { name: "pages", sort: "count" },
    ],
    steps: [
      {
        label: "describe",
        imitates: "guard(preempt)",
        needs: "any",
        cost: "none",
        touches: [...IPI_COLUMNS, ...FLUSH_COLUMNS, "cpu.preemptOff"],
        run: (k, f) => {
          if (!switches.mayMigrate) keepCpu(k);
          k.fence();
          k.describeFlush(f.get(LOCAL_START) - 1, partialPages(k, f));
          return NEXT;
        },
      },
      {
        label: "invlpgb",
        imitates: "invlpgb_flush_addr_nosync",
        needs: "any",
        flush: "broadcast",
        cost: "flush-page",
        touches: [...FLUSH_COLUMNS, ...(switches.skipSync ? IPI_COLUMNS : []), "cpu.preemptOff"],
        // Choice 1: the CPUs drop the range at once, and what is cleared from now on is not covered; else as late as may be.
        choices: (k) => (k.world.spaces === undefined ? 1 : 2),
        run: (k, f, choice) => {
          const pages = partialPages(k, f);
          if (k.world.spaces !== undefined) {
            k.spaces.invlpgb(k.cpu, f.get(LOCAL_START) - 1, switches.endsEarly && pages > 1 ? pages - 1 : pages);
            if (choice === 1) k.spaces.tlbsync(k.cpu);
          }
          return switches.skipSync ? finish(k, f) : NEXT;
        },
      },
      {
        label: "tlbsync",
        imitates: "__tlbsync",
        needs: "any",
        flush: "broadcast",
        cost: "wait",
        touches: [...FLUSH_COLUMNS, ...IPI_COLUMNS, "cpu.preemptOff", "cpu.irqsOff", "cpu.depth"],
        // Choice n: the scheduler has moved the task to the n-th CPU after this one. It can only while preemption is on.
        choices: (k) => (k.world.spaces !== undefined && k.isPreemptible(k.cpu) ? k.world.cpus : 1),
        run: (k, f, choice) => {
          if (k.world.spaces === undefined) invalidateEverywhere(k, f.get(LOCAL_START) - 1, partialPages(k, f));
          else k.spaces.tlbsync((k.cpu + choice) % k.world.cpus);
          if (switches.mayMigrate) keepCpu(k);
          return finish(k, f);
        },
      },
    ],
  });
}

function finish(k: Kernel, f: Frame): number {
  k.endFlush();
  letOthersRun(k);
  return f.return(0);
}

/** Pages of the range, or 0 when everything goes. */
function partialPages(k: Kernel, f: Frame): number {
  const pages = f.get(LOCAL_PAGES);
  return pages > k.world.geometry.flushCeilingPages ? 0 : pages;
}

function invalidateEverywhere(k: Kernel, start: number, pages: number): void {
  for (let cpu = 0; cpu < k.world.cpus; cpu++) {
    if (pages === 0) k.hw.invalidateAll(cpu);
    for (let i = 0; i < pages; i++) k.hw.invalidatePage(cpu, start + i);
  }
}
