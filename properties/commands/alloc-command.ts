import type fc from "fast-check";
import { ACTION, encodeAction } from "../../model/action.ts";
import { assert } from "../../model/failure.ts";
import type { CallRunner } from "./call-runner.ts";
import { type HeldBox, mayFail, overlapping, refilled, withBlock } from "./held.ts";

/** `alloc_pages` on a CPU: gives a block that nobody holds, and fails only when memory can be short. */
export class AllocCommand implements fc.Command<HeldBox, CallRunner> {
  constructor(
    private readonly cpu: number,
    private readonly entry: number,
  ) {}

  check(): boolean {
    return true;
  }

  run(box: HeldBox, calls: CallRunner): void {
    const { machine } = calls;
    const { geometry, pages, cpus } = machine.world;
    const cpu = this.cpu % cpus;
    const entry = this.entry % machine.menu.length;
    const order = machine.menu[entry]?.order ?? 0;
    const excused = mayFail(box.held, order, pages);
    const pfn = calls.call(encodeAction(ACTION.alloc, cpu, entry));
    box.held = refilled(box.held, cpu, order, geometry);
    assert(pfn >= 0 || excused, `an allocation of order ${order} succeeds while a block of that size is free`);
    if (pfn < 0) return;
    const block = { pfn, order };
    assert(pfn % 2 ** order === 0, `a block of order ${order} starts at a multiple of its size (pfn ${pfn})`);
    assert(pfn + 2 ** order <= pages, `pfn ${pfn} of order ${order} lies inside memory`);
    assert(overlapping(box.held, block) === undefined, `nobody holds a page of pfn ${pfn}, order ${order}`);
    assert(machine.k.ledger.order(pfn) === order, `the ledger says who holds pfn ${pfn}`);
    box.held = withBlock(box.held, block);
  }

  toString(): string {
    return `alloc(cpu${this.cpu}, ${this.entry})`;
  }
}
