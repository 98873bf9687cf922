import { ACTION, actionKind } from "../../model/action.ts";
import { assert } from "../../model/failure.ts";
import type { Machine } from "../../model/machine.ts";
import { MOMENT } from "../../model/moments.ts";
import { Picker } from "../arbitraries/picker.ts";

/**
 * Performs one action and judges the step as its owner sees fit; false when it was blocked. Throws to end the run.
 * The claims come from outside: a property knows no judge.
 */
export type CheckedStep = (action: number) => boolean;

/** Steps after which a call that runs alone has not come to an end. */
const STEPS_MAX = 1_000_000;

/** Runs calls to completion on one machine, every step through the same check. What the commands call `real`. */
export class CallRunner {
  private readonly picker: Picker;

  constructor(
    readonly machine: Machine,
    private readonly step: CheckedStep,
  ) {
    this.picker = new Picker(machine, 2);
  }

  /**
   * Makes a call and runs whatever it needs, other CPUs' interrupts included, but starts no worker.
   *
   * - **Shapes, units**: answers the pfn that the call handed out, or -1.
   */
  call(action: number): number {
    this.step(action);
    let handedOut = this.handedOut();
    for (let steps = 0; steps < STEPS_MAX; steps++) {
      if (!this.stepOnce()) return handedOut;
      handedOut = Math.max(handedOut, this.handedOut());
    }
    assert(false, "a call that runs alone comes to an end");
  }

  /** The worker of this CPU that has been woken, as an action; undefined when none has. */
  wokenWorker(cpu: number): number | undefined {
    return this.picker.progress(cpu).find((action) => actionKind(action) === ACTION.worker);
  }

  private stepOnce(): boolean {
    for (let cpu = 0; cpu < this.machine.world.cpus; cpu++) {
      for (const action of this.picker.progress(cpu, false)) if (this.step(action)) return true;
    }
    return false;
  }

  private handedOut(): number {
    const { moments } = this.machine.k;
    for (let i = 0; i < moments.count; i++) {
      if (moments.kinds[i] === MOMENT.handOut) return moments.pfns[i] as number;
    }
    return -1;
  }
}
