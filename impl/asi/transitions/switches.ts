/**
 * What the CPU's side of ASI may get wrong, one mistake each. All off is the code as it should be.
 *
 * Numbers are those of the bug catalogue.
 */
export interface AsiSwitches {
  /** 39: entering keeps what the PCID holds and asks no generation. */
  readonly enterKeepsEntries: boolean;
  /** 43: curr_asi is written after CR3 on the way in. */
  readonly currAsiAfterCr3: boolean;
  /** 43: curr_asi is cleared before CR3 on the way out. */
  readonly currAsiClearedFirst: boolean;
  /** 44: the task's target is set after the switch. */
  readonly targetAfterSwitch: boolean;
  /** No full barrier between the store of curr_asi and the read of the generations. */
  readonly gensReadUnfenced: boolean;
  /** The interrupt's epilogue does not enter the interrupted critical section again. */
  readonly interruptForgetsTarget: boolean;
  /** The guest's exit loads a HOST_CR3 that was noted when a guest first ran, whatever has been loaded since. */
  readonly staleHostCr3: boolean;
  /** The task sleeps between entering and relaxing. */
  readonly sleepsInCriticalSection: boolean;
  /** The page-fault handler asks a helper that also says yes for entries without the present bit. */
  readonly faultBelievesPmdPresent: boolean;
  /** 12: a slot that changes hands is loaded without a flush. */
  readonly reuseWithoutFlush: boolean;
  /** 40: a slot that changes hands keeps the generations of its restricted PCIDs. */
  readonly reuseKeepsGens: boolean;
  /** 9: loaded_mm says SWITCHING only after the mm's generation was read. */
  readonly switchingLate: boolean;
  /** The CPU joins mm_cpumask by a plain store, without a barrier before the generation is read. */
  readonly maskUnfenced: boolean;
  /** 10: a kernel thread that borrows an mm does not join its mm_cpumask. */
  readonly borrowWithoutMask: boolean;
  /** Leaving lazy mode for the same mm trusts the TLB without looking at the generation. */
  readonly lazyTrustsTlb: boolean;
  /** 51: a CPU that comes online keeps its TLB and what it believed about it. */
  readonly onlineKeepsTlb: boolean;
  /** 13: the kernel's leaves of the unrestricted map keep the global bit. */
  readonly globalKernel: boolean;
}

export const CORRECT_ASI: AsiSwitches = {
  enterKeepsEntries: false,
  currAsiAfterCr3: false,
  currAsiClearedFirst: false,
  targetAfterSwitch: false,
  gensReadUnfenced: false,
  interruptForgetsTarget: false,
  staleHostCr3: false,
  sleepsInCriticalSection: false,
  faultBelievesPmdPresent: false,
  reuseWithoutFlush: false,
  reuseKeepsGens: false,
  switchingLate: false,
  maskUnfenced: false,
  borrowWithoutMask: false,
  lazyTrustsTlb: false,
  onlineKeepsTlb: false,
  globalKernel: false,
};

/** How often a transition flushes the PCID it loads: always (RFC v2), or when a generation says so (2022). */
export type TransitionPolicy = "flush" | "generations";

export interface AsiOptions {
  readonly transitions: TransitionPolicy;
  readonly switches: AsiSwitches;
}
