import { actionCpu } from "../../model/action.ts";

/**
 * At most so many preemptive context switches: from one CPU to another while the first could still have taken a step.
 *
 * Switches away from a CPU that is idle, finished or blocked are free, and so is the first.
 *
 * - **Shapes, units**: what a state carries is one word: the CPU that acted last (+ 1) in its low byte, the switches so far above.
 */
export class SwitchBound {
  private last = -1;
  private switched = 0;
  /** The CPU that acted last could go on. */
  private interrupted = false;

  constructor(readonly most: number) {}

  /** Begins an expansion of a state with this history. */
  open(history: number, canStep: (cpu: number) => boolean): void {
    this.last = (history & 0xff) - 1;
    this.switched = history >>> 8;
    this.interrupted = this.last >= 0 && canStep(this.last);
  }

  forbids(action: number): boolean {
    return this.switched >= this.most && this.isSwitch(action);
  }

  /** What the successor carries. */
  after(action: number): number {
    return ((this.switched + (this.isSwitch(action) ? 1 : 0)) << 8) | (actionCpu(action) + 1);
  }

  private isSwitch(action: number): boolean {
    return this.interrupted && actionCpu(action) !== this.last;
  }
}
