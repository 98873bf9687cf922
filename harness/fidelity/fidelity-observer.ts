import { mmColumns } from "../../impl/mm/columns.ts";
import { buddyinfo } from "../../impl/mm/proc/buddyinfo.ts";
import type { Machine } from "../../model/machine.ts";
import { EVENT, type TraceEvent } from "../trace/event.ts";
import type { FreeBlocks } from "../trace/free-blocks.ts";
import type { TraceMeta } from "../trace/meta.ts";
import type { EventText } from "../trace/parser.ts";
import type { ReplayObserver } from "../trace-replay/replay-trace.ts";
import { KernelShadow } from "./kernel-shadow.ts";
import { TracepointCounts } from "./tracepoint-counts.ts";

/** Free pages by zone at one moment, of both sides. */
export interface FreeSample {
  readonly micros: number;
  readonly kernel: readonly number[];
  readonly model: readonly number[];
}

/** Both sides at a moment at which the machine was looked at. */
export interface Look extends FreeSample {
  /** /proc/buddyinfo of the model, in the kernel's format. */
  readonly modelBuddyinfo: string;
  /** Free blocks of the kernel by zone and order, as its events tell. */
  readonly kernelBlocks: readonly (readonly number[])[];
}

const SAMPLE_EVERY_MICROS = 1_000_000;

/**
 * Watches a replay for what can be compared with the recording. Model and kernel are looked at between the same two events.
 *
 * - **Cost**: a few counters an event; a sample a second of the trace's time.
 */
export class FidelityObserver implements ReplayObserver {
  readonly kernel = new TracepointCounts();
  readonly model = new TracepointCounts();
  readonly samples: FreeSample[] = [];
  /** By the marker's text; the last of each. */
  readonly marks = new Map<string, Look>();
  /** Before the first event, and after the last. */
  first: Look | undefined;
  last: Look | undefined;
  private readonly shadow: KernelShadow;
  private machine: Machine | undefined;
  private nextSample = 0;
  private micros = -1;

  constructor(meta: TraceMeta, blocks: FreeBlocks) {
    this.shadow = new KernelShadow(meta.zones, meta.pfnEnd, blocks);
  }

  begin(machine: Machine): void {
    this.machine = machine;
    machine.k.tracepoints = this.model.listen(machine.k.tracepoints);
    this.first = this.look();
  }

  before(event: Readonly<TraceEvent>, text: EventText): void {
    this.micros = event.micros;
    if (event.micros >= this.nextSample) {
      this.nextSample = event.micros + SAMPLE_EVERY_MICROS;
      this.samples.push(this.sample());
    }
    if (event.kind === EVENT.mark) this.marks.set(text.detail().trim(), this.look());
    this.kernel.take(event);
    this.shadow.take(event);
  }

  end(): void {
    this.last = this.look();
  }

  /** Micro-steps of the machine, and those that were taken. */
  coverage(): { readonly steps: readonly string[]; readonly stepsTaken: ReadonlySet<string> } {
    const { machine } = this;
    if (machine === undefined) return { steps: [], stepsTaken: new Set() };
    const { table, executed } = machine.k;
    const steps = Array.from({ length: table.stepCount }, (_, at) => {
      return `${table.programOf(at).name}/${table.stepAt(at).label}`;
    });
    return { steps, stepsTaken: new Set(steps.filter((_, at) => executed[at] === 1)) };
  }

  private sample(): FreeSample {
    const { machine } = this;
    const { nrFree } = machine === undefined ? { nrFree: undefined } : machine.k.of(mmColumns);
    const kernel = [...this.shadow.freePages];
    return { micros: this.micros, kernel, model: kernel.map((_, zone) => nrFree?.get(zone) ?? 0) };
  }

  private look(): Look {
    const kernelBlocks = [...this.shadow.freePages].map((_, zone) => this.shadow.blocks(zone));
    const modelBuddyinfo = this.machine === undefined ? "" : buddyinfo(this.machine.k);
    return { ...this.sample(), modelBuddyinfo, kernelBlocks };
  }
}
