import { zoneColumns } from "../../impl/mm/columns.ts";
import type { Machine } from "../../model/machine.ts";
import { EVENT, type TraceEvent } from "../trace/event.ts";
import type { EventText } from "../trace/parser.ts";

/** kswapd naps this long before it logs that it sleeps (HZ / 10): its work ended then. */
const NAP_MICROS = 100_000;

/** The times at which the recorded kswapd went to sleep, in microseconds: a reading ahead collects them. */
export class KswapdSleeps {
  readonly micros: number[] = [];

  take(event: Readonly<TraceEvent>, text: EventText): void {
    if (event.kind === EVENT.other && KSWAPD_SLEEP.test(text.detail())) this.micros.push(event.micros);
  }
}

/**
 * What the recorded kswapd did beside freeing pages, where the model's own does not run: while it balances the node frees keep
 * few pages on the pcplists (ZONE_RECLAIM_ACTIVE), and when it is done the boosts that it began with are taken off the
 * watermarks.
 *
 * - **Leaves out**: several nodes; that a balance which another follows at once may have ended a little before.
 * - **Source**: `balance_pgdat()`, `kswapd_try_to_sleep()` in mm/vmscan.c, v6.1 and v6.12 alike.
 */
export class RecordedKswapd {
  private readonly boosts: number[] = [];
  private until = Number.POSITIVE_INFINITY;
  private awake = false;

  constructor(
    private readonly machine: Machine,
    /** Where the trace was not read ahead none, and a nap counts as work. */
    private readonly sleeps: readonly number[],
  ) {}

  /** Every event passes here before it is replayed. */
  before(event: Readonly<TraceEvent>, text: EventText): void {
    if (this.awake && event.micros >= this.until) this.end();
    if (event.kind !== EVENT.other) return;
    const detail = text.detail();
    const wakes = KSWAPD_WAKE.test(detail);
    if (!wakes && !KSWAPD_SLEEP.test(detail)) return;
    if (this.awake) this.end();
    if (wakes) this.begin(event.micros);
  }

  private begin(micros: number): void {
    const { boost, reclaimActive } = this.machine.k.of(zoneColumns);
    const sleep = this.sleeps.find((at) => at >= micros);
    this.until = sleep === undefined ? Number.POSITIVE_INFINITY : Math.max(micros, sleep - NAP_MICROS);
    this.awake = true;
    for (let zone = 0; zone < this.machine.world.zones.length; zone++) {
      this.boosts[zone] = boost.get(zone);
      reclaimActive.set(zone, 1);
    }
  }

  private end(): void {
    const { boost, reclaimActive } = this.machine.k.of(zoneColumns);
    this.awake = false;
    for (let zone = 0; zone < this.machine.world.zones.length; zone++) {
      boost.set(zone, Math.max(0, boost.get(zone) - (this.boosts[zone] ?? 0)));
      reclaimActive.set(zone, 0);
    }
  }
}

const KSWAPD_SLEEP = /^nid=\d+$/;
const KSWAPD_WAKE = /^nid=\d+ order=\d+$/;
