import { LEVEL_WORKER } from "../../model/kernel.ts";
import type { Machine } from "../../model/machine.ts";
import type { TraceEvent } from "../trace/event.ts";
import { isTaskContext } from "./context.ts";
import type { BatchSizes } from "./result.ts";
import type { Runner } from "./runner.ts";
import type { Watch } from "./watch.ts";

const NOT_QUEUED = -2;
/** Queued at a time that the trace does not tell. */
const UNTIMED = -1;

/** When the design's kernel threads run, and what they found when they did. */
export class Workers {
  runs = 0;
  queueBlocksMax = 0;
  readonly batches: { blocks: number; smallest: number; largest: number; byLog2: number[] };
  /** Per CPU: when its work was queued, in the trace's time. */
  private readonly queuedAt: Float64Array;
  private waiting = 0;
  /** First list of each of the design's queues that has one list per CPU and holds pages until somebody takes them. */
  private readonly queues: readonly number[];

  constructor(
    private readonly machine: Machine,
    private readonly runner: Runner,
    private readonly watch: Watch,
    private readonly delay: number,
  ) {
    const { cpus, lists } = machine.world;
    this.queuedAt = new Float64Array(cpus).fill(NOT_QUEUED);
    this.batches = { blocks: 0, smallest: 0, largest: 0, byLog2: [] };
    this.queues = lists.kinds.flatMap((kind, index) =>
      kind.mustDrain && kind.inProgress !== true && kind.count === cpus ? [lists.base[index] as number] : [],
    );
  }

  sizes(): BatchSizes {
    return this.batches;
  }

  /** Runs the threads of the event's CPU if they are due: in task context, and later than the delay. */
  beforeEvent(event: Readonly<TraceEvent>, cpu: number): void {
    if (this.waiting === 0) return;
    const queued = this.queuedAt[cpu] as number;
    if (queued === NOT_QUEUED || !isTaskContext(event)) return;
    if (queued === UNTIMED || event.micros < 0 || event.micros > queued + this.delay) this.runAll(cpu);
  }

  /** Notes, after calls on a CPU, how long its queue is and whether its threads have been woken. */
  afterCalls(cpu: number, micros: number): void {
    if (this.machine.software.workers.length === 0) return;
    this.noteQueue(cpu);
    const wanted = this.isWanted(cpu);
    if (wanted === (this.queuedAt[cpu] !== NOT_QUEUED)) return;
    this.queuedAt[cpu] = wanted ? (micros >= 0 ? micros : UNTIMED) : NOT_QUEUED;
    this.waiting += wanted ? 1 : -1;
  }

  /** Between calls, with no thread woken, nothing moves by itself: a queue that is not empty then will never drain. */
  lookForLostWork(): void {
    if (this.waiting === 0 && this.machine.hasUndrained() && this.machine.isQuiescent()) this.watch.standstill();
  }

  /** Runs all threads that are wanted, whatever the time: the end of a trace, where nothing else will ever happen. */
  drain(): void {
    for (let again = true; again && !this.watch.stopped; ) {
      again = false;
      for (let cpu = 0; cpu < this.machine.world.cpus; cpu++) {
        if (!this.isWanted(cpu) || this.watch.stopped) continue;
        this.runAll(cpu);
        again = true;
      }
    }
    if (!this.watch.stopped) this.watch.standstill();
  }

  /** Starts a wanted thread of a CPU, and says whether there was one; whoever started it runs it to its end. */
  startWanted(cpu: number): boolean {
    const index = this.machine.software.workers.findIndex((worker) => worker.wanted(this.machine.k, cpu));
    if (index < 0) return false;
    this.noteBatch(cpu);
    this.runner.startWorker(cpu, index);
    this.runs++;
    return true;
  }

  private runAll(cpu: number): void {
    const before = this.watch.during;
    this.watch.during = "worker";
    if (this.startWanted(cpu)) this.runner.finish(cpu, LEVEL_WORKER);
    this.afterCalls(cpu, UNTIMED);
    this.lookForLostWork();
    this.watch.during = before;
  }

  private isWanted(cpu: number): boolean {
    const { workers } = this.machine.software;
    for (let i = 0; i < workers.length; i++) if (workers[i]?.wanted(this.machine.k, cpu) === true) return true;
    return false;
  }

  private noteQueue(cpu: number): void {
    const length = this.queueLength(cpu);
    if (length > this.queueBlocksMax) this.queueBlocksMax = length;
  }

  private noteBatch(cpu: number): void {
    const blocks = this.queueLength(cpu);
    const { batches } = this;
    const bucket = 31 - Math.clz32(Math.max(blocks, 1));
    while (batches.byLog2.length <= bucket) batches.byLog2.push(0);
    batches.byLog2[bucket] = (batches.byLog2[bucket] as number) + 1;
    batches.smallest = this.runs === 0 ? blocks : Math.min(batches.smallest, blocks);
    batches.largest = Math.max(batches.largest, blocks);
    batches.blocks += blocks;
  }

  private queueLength(cpu: number): number {
    let length = 0;
    for (let i = 0; i < this.queues.length; i++)
      length += this.machine.k.lists.length((this.queues[i] as number) + cpu);
    return length;
  }
}
