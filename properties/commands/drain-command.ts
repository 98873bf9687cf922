import type fc from "fast-check";
import { ACTION, encodeAction } from "../../model/action.ts";
import type { CallRunner } from "./call-runner.ts";
import { type HeldBox, withCpu } from "./held.ts";

/** `drain_pages` of one CPU's lists, from any CPU: afterwards they are empty. */
export class DrainCommand implements fc.Command<HeldBox, CallRunner> {
  constructor(
    private readonly cpu: number,
    private readonly target: number,
  ) {}

  check(): boolean {
    return true;
  }

  run(box: HeldBox, calls: CallRunner): void {
    const { cpus } = calls.machine.world;
    const target = this.target % cpus;
    calls.call(encodeAction(ACTION.drain, this.cpu % cpus, target));
    box.held = { ...box.held, listed: withCpu(box.held.listed, target, 0) };
  }

  toString(): string {
    return `drain(cpu${this.cpu}, lists of cpu${this.target})`;
  }
}
