import type fc from "fast-check";
import type { CallRunner } from "./call-runner.ts";
import { type HeldBox, withCpu } from "./held.ts";

/** Lets a CPU's woken worker run to its end: afterwards nothing waits for it. */
export class WorkerCommand implements fc.Command<HeldBox, CallRunner> {
  constructor(private readonly cpu: number) {}

  check(): boolean {
    return true;
  }

  run(box: HeldBox, calls: CallRunner): void {
    const cpu = this.cpu % calls.machine.world.cpus;
    const worker = calls.wokenWorker(cpu);
    if (worker !== undefined) calls.call(worker);
    box.held = { ...box.held, queued: withCpu(box.held.queued, cpu, 0) };
  }

  toString(): string {
    return `worker(cpu${this.cpu})`;
  }
}
