import type { Worker } from "../../../model/design.ts";
import type { Frame } from "../../../model/frame.ts";
import { GFP } from "../../../model/gfp.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { type MicroStep, NEXT, type Outcome, type Program } from "../../../model/program.ts";
import { VM } from "../../../model/vm-events.ts";
import { zoneLockStep } from "../alloc-pages.ts";
import { acColumns, acRow, zoneColumns, zoneLock } from "../columns.ts";
import { COMPACT_COLUMNS } from "../compaction/columns.ts";
import { resetIsolationSuitable } from "../compaction/positions.ts";
import { compactGap } from "../compaction/suitable.ts";
import { countEvent } from "../vm-count.ts";
import { highWmark } from "../watermark.ts";
import { defineWholeProgram } from "../whole-program.ts";
import { nodeWanting } from "../worker-cpu.ts";
import { ZONE_MOVABLE } from "../zones.ts";
import {
  PGDAT_COLUMNS,
  pgdatColumns,
  SC_BOOSTED,
  SC_COLUMNS,
  SC_KSWAPD,
  SC_MAY_SWAP,
  SC_MAY_WRITEPAGE,
  SC_RAISE_PRIORITY,
  scColumns,
} from "./columns.ts";
import { clearScanControl } from "./direct.ts";
import { pgdatBalanced, WAKE_COLUMNS, wakeupKcompactd } from "./kswapd-wake.ts";
import { DEF_PRIORITY, MAX_RECLAIM_RETRIES } from "./limits.ts";
import { zonesOfNode } from "./scan-count.ts";
import { SWAP_CLUSTER_MAX } from "./shrink-node.ts";

/** Zone whose boost is being taken back. */
const LOCAL_ZONE = 1;

/**
 * kswapd, one per node: frees until some zone that the request may use is above its high watermark, or 16 rounds in a row have
 * freed nothing; then hands over to kcompactd.
 *
 * One run of the program is one waking: what has been asked for is read, balanced, and looked at again; if it is still not in
 * balance the thread wants to run again.
 *
 * - **Context**: kernel thread with PF_MEMALLOC; may sleep. The zone lock is taken to lower a boost.
 * - **Leaves out**: the short first sleep; freezing; the vmstat threshold, which the kernel lowers while kswapd is awake; the
 *   wait for writeback (kswapd goes round again).
 * - **Source**: `kswapd()`, `balance_pgdat()`, `kswapd_shrink_node()`, `kswapd_try_to_sleep()` in mm/vmscan.c.
 */
export function kswapdProgram(shrinkNode: Program): Program {
  return defineWholeProgram({
    name: "kswapd",
    role: "worker",
    locals: [
      { name: "result", sort: "count" },
      { name: "zone", sort: "zone" },
    ],
    steps: [wakeStep, balanceStep, shrinkStep(shrinkNode), shrunkStep, outStep, ...boostSteps(), sleepStep],
  });
}

export function kswapdWorker(program: Program): Worker {
  return { name: "kswapd", program, wanted: (k, cpu) => k.world.whole?.reclaim === true && wanting(k, cpu) >= 0 };
}

function wanting(k: Kernel, cpu: number): number {
  return nodeWanting(k, cpu, (node) => k.of(pgdatColumns).kswapdWanted.get(node) === 1);
}

const wakeStep: MicroStep = {
  label: "wake",
  imitates: "kswapd",
  needs: "may-sleep",
  cost: "none",
  touches: [...SC_COLUMNS, ...PGDAT_COLUMNS, "ac.memalloc", "zone.boost", "zone.managed", "zone.reclaimActive"],
  run: (k, f) => {
    const node = wanting(k, k.cpu);
    if (node < 0) return f.return(0);
    const c = k.of(scColumns);
    const pgdat = k.of(pgdatColumns);
    const row = acRow(k);
    pgdat.kswapdWanted.set(node, 0);
    pgdat.kswapdRunning.set(node, 1);
    k.of(acColumns).memalloc.set(row, 1);
    c.node.set(row, node);
    c.order.set(row, pgdat.kswapdOrder.get(node));
    c.allocOrder.set(row, pgdat.kswapdOrder.get(node));
    c.reclaimIdx.set(row, pgdat.kswapdHighest.get(node) === 0 ? ZONE_MOVABLE : pgdat.kswapdHighest.get(node) - 1);
    c.gfp.set(row, GFP.KERNEL);
    pgdat.kswapdOrder.set(node, 0);
    pgdat.kswapdHighest.set(node, 0);
    countEvent(k, VM.pageoutrun);
    noteBoosts(k, node);
    c.flags.set(row, SC_KSWAPD | (c.boostReclaim.get(row) > 0 ? SC_BOOSTED : 0));
    c.priority.set(row, DEF_PRIORITY);
    setReclaimActive(k, node, 1);
    return NEXT;
  },
};

const balanceStep: MicroStep = {
  label: "balance_pgdat",
  imitates: "balance_pgdat",
  needs: "may-sleep",
  cost: "none",
  touches: [...SC_COLUMNS, ...WAKE_COLUMNS],
  run: (k, f) => {
    const c = k.of(scColumns);
    const row = acRow(k);
    const node = c.node.get(row);
    const highest = c.reclaimIdx.get(row);
    const balanced = pgdatBalanced(k, node, c.order.get(row), highest);
    if (!balanced && c.boostReclaim.get(row) > 0) {
      c.boostReclaim.set(row, 0);
      c.priority.set(row, DEF_PRIORITY);
    }
    const boost = c.boostReclaim.get(row) > 0;
    if (balanced && !boost) return f.goto("out");
    const raise = !(boost && c.priority.get(row) === DEF_PRIORITY - 2);
    // Reclaim for a boost is for contiguity: it is not worth a write.
    c.flags.set(
      row,
      SC_KSWAPD |
        (c.flags.get(row) & SC_BOOSTED) |
        (boost ? 0 : SC_MAY_WRITEPAGE | SC_MAY_SWAP) |
        (c.priority.get(row) < DEF_PRIORITY - 2 ? SC_MAY_WRITEPAGE : 0) |
        (raise ? SC_RAISE_PRIORITY : 0),
    );
    c.scanned.set(row, 0);
    c.reclaimedAtRound.set(row, c.reclaimed.get(row));
    let target = 0;
    for (const zone of zonesOfNode(k, node, highest)) target += Math.max(highWmark(k, zone), SWAP_CLUSTER_MAX);
    c.toReclaim.set(row, target);
    return NEXT;
  },
};

function shrinkStep(shrinkNode: Program): MicroStep {
  return {
    label: "kswapd_shrink_node",
    imitates: "kswapd_shrink_node",
    needs: "may-sleep",
    cost: "none",
    touches: ["sc.node"],
    run: (k) => k.call(shrinkNode),
  };
}

const shrunkStep: MicroStep = {
  label: "shrunk",
  imitates: "balance_pgdat",
  needs: "may-sleep",
  cost: "none",
  touches: [...SC_COLUMNS, ...PGDAT_COLUMNS],
  run: (k, f) => {
    const c = k.of(scColumns);
    const row = acRow(k);
    if (c.order.get(row) > 0 && c.reclaimed.get(row) >= compactGap(c.order.get(row))) c.order.set(row, 0);
    const freed = c.reclaimed.get(row) - c.reclaimedAtRound.get(row);
    const enough = Math.max(c.scanned.get(row), freed) >= c.toReclaim.get(row);
    const boost = c.boostReclaim.get(row);
    c.boostReclaim.set(row, boost - Math.min(boost, freed));
    const stuck = c.boostReclaim.get(row) > 0 && freed === 0;
    const raise = (c.flags.get(row) & SC_RAISE_PRIORITY) !== 0 && !enough;
    if (raise || freed === 0) c.priority.set(row, c.priority.get(row) - 1);
    if (!stuck && c.priority.get(row) >= 1) return f.goto("balance_pgdat");
    const { kswapdFailures } = k.of(pgdatColumns);
    const node = c.node.get(row);
    if (c.reclaimed.get(row) === 0) kswapdFailures.set(node, Math.min(kswapdFailures.get(node) + 1, 31));
    return f.goto("out");
  },
};

const outStep: MicroStep = {
  label: "out",
  imitates: "balance_pgdat",
  needs: "may-sleep",
  cost: "none",
  touches: [...SC_COLUMNS, "zone.reclaimActive", "zone.managed"],
  run: (k, f) => {
    const c = k.of(scColumns);
    const row = acRow(k);
    setReclaimActive(k, c.node.get(row), 0);
    f.set(LOCAL_ZONE, 0);
    return (c.flags.get(row) & SC_BOOSTED) !== 0 ? NEXT : f.goto("sleep");
  },
};

/** The boosts that this run began with have been reclaimed for. Boosts that came meanwhile stay. */
function boostSteps(): MicroStep[] {
  const zoneOf = (_k: Kernel, f: Frame): number => f.get(LOCAL_ZONE);
  return [
    {
      label: "next_boost",
      imitates: "balance_pgdat",
      needs: "may-sleep",
      cost: "none",
      touches: ["pgdat.boosts", ...SC_COLUMNS, ...WAKE_COLUMNS],
      run: (k, f) => nextBoost(k, f),
    },
    zoneLockStep("boost_lock", "balance_pgdat", zoneOf),
    {
      label: "lower_boost",
      imitates: "balance_pgdat",
      needs: "any",
      cost: "none",
      touches: ["zone.boost", "pgdat.boosts", "cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
      run: (k, f) => {
        const zone = f.get(LOCAL_ZONE);
        const { boost } = k.of(zoneColumns);
        const { boosts } = k.of(pgdatColumns);
        boost.set(zone, boost.get(zone) - Math.min(boost.get(zone), boosts.get(zone)));
        boosts.set(zone, 0);
        k.unlockIrqRestore(zoneLock(zone));
        return f.goto("next_boost");
      },
    },
  ];
}

function nextBoost(k: Kernel, f: Frame): Outcome {
  const { boosts } = k.of(pgdatColumns);
  const c = k.of(scColumns);
  const row = acRow(k);
  const node = c.node.get(row);
  const zone = k.world.zones.findIndex((at, index) => at.node === node && boosts.get(index) > 0);
  if (zone < 0) {
    wakeupKcompactd(k, node, k.world.geometry.pageblockOrder, c.reclaimIdx.get(row));
    return f.goto("sleep");
  }
  f.set(LOCAL_ZONE, zone);
  return NEXT;
}

/**
 * In balance, or beyond hope: sleep, and let kcompactd make blocks of what was freed. Else stay awake: another run.
 *
 * A run that ends with its order dropped to 0 is judged at order 0, and its order is kcompactd's. Any other is forgotten, reached
 * or not: what counts is what has been asked for since.
 */
const sleepStep: MicroStep = {
  label: "sleep",
  imitates: "kswapd_try_to_sleep",
  needs: "may-sleep",
  cost: "none",
  touches: [...SC_COLUMNS, ...WAKE_COLUMNS, ...COMPACT_COLUMNS, "ac.memalloc", "mm.buddy", "lru.flags"],
  run: (k, f) => {
    const c = k.of(scColumns);
    const pgdat = k.of(pgdatColumns);
    const row = acRow(k);
    const node = c.node.get(row);
    const dropped = c.order.get(row) < c.allocOrder.get(row);
    const pending = pgdat.kswapdOrder.get(node);
    const asked = pgdat.kswapdHighest.get(node);
    const highest = dropped || asked === 0 ? c.reclaimIdx.get(row) : asked - 1;
    const hopeless = pgdat.kswapdFailures.get(node) >= MAX_RECLAIM_RETRIES;
    const balanced = pgdatBalanced(k, node, dropped ? c.order.get(row) : pending, highest);
    if (balanced) {
      pgdat.dirty.set(node, 0);
      pgdat.writeback.set(node, 0);
    }
    if (balanced || hopeless) {
      for (const zone of zonesOfNode(k, node)) resetIsolationSuitable(k, zone);
      wakeupKcompactd(k, node, dropped ? c.allocOrder.get(row) : pending, highest);
      // Somebody has asked for more while this run went on.
      if (dropped && !hopeless && pending > 0) pgdat.kswapdWanted.set(node, 1);
    } else {
      countEvent(k, VM.kswapd_high_wmark_hit_quickly);
      if (asked === 0) pgdat.kswapdHighest.set(node, highest + 1);
      pgdat.kswapdWanted.set(node, 1);
    }
    pgdat.kswapdRunning.set(node, 0);
    k.of(acColumns).memalloc.set(row, 0);
    clearScanControl(k);
    return f.return(0);
  },
};

function noteBoosts(k: Kernel, node: number): void {
  const c = k.of(scColumns);
  const { boosts } = k.of(pgdatColumns);
  let total = 0;
  for (const zone of zonesOfNode(k, node, c.reclaimIdx.get(acRow(k)))) {
    const boost = k.of(zoneColumns).boost.get(zone);
    boosts.set(zone, boost);
    total += boost;
  }
  c.boostReclaim.set(acRow(k), total);
}

/** Frees keep little on the per-CPU lists while kswapd works. */
function setReclaimActive(k: Kernel, node: number, on: number): void {
  for (const zone of zonesOfNode(k, node, k.of(scColumns).reclaimIdx.get(acRow(k))))
    k.of(zoneColumns).reclaimActive.set(zone, on);
}
