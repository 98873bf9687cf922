import type fc from "fast-check";
import { ACTION, encodeAction } from "../../model/action.ts";
import { assert } from "../../model/failure.ts";
import type { CallRunner } from "./call-runner.ts";
import { type HeldBox, withCpu, withoutBlock } from "./held.ts";

/** `__free_pages` on any CPU, of the n-th block held. */
export class FreeCommand implements fc.Command<HeldBox, CallRunner> {
  constructor(
    private readonly cpu: number,
    private readonly nth: number,
  ) {}

  check(box: Readonly<HeldBox>): boolean {
    return box.held.blocks.length > 0;
  }

  run(box: HeldBox, calls: CallRunner): void {
    const { held } = box;
    const block = held.blocks[this.nth % held.blocks.length];
    assert(block !== undefined, "a free has a block to free");
    const cpu = this.cpu % calls.machine.world.cpus;
    calls.call(encodeAction(ACTION.free, cpu, block.pfn));
    assert(calls.machine.k.ledger.order(block.pfn) < 0, `nobody holds pfn ${block.pfn} after it was freed`);
    const pages = 2 ** block.order;
    // It may have gone to the design's queue, to the CPU's lists, or to the buddy lists: the caller is not told.
    box.held = {
      ...withoutBlock(held, block),
      listed: withCpu(held.listed, cpu, (held.listed[cpu] ?? 0) + pages),
      queued: withCpu(held.queued, cpu, (held.queued[cpu] ?? 0) + pages),
    };
  }

  toString(): string {
    return `free(cpu${this.cpu}, block ${this.nth})`;
  }
}
