/** Named departures from the correct design. A canary is the design with exactly one of them. */
export interface AsyncFreeSwitches {
  /** The worker frees the batch before it flushes. */
  readonly freeBeforeFlush: boolean;
  /** The shootdown leaves out one of the other CPUs. */
  readonly forgetOneCpu: boolean;
  /** A nonsensitive page is mapped without having been zeroed. */
  readonly skipZero: boolean;
  /** The worker marks itself idle after its batch instead of before it. */
  readonly clearPendingLate: boolean;
  /** A queued page also goes on to the ordinary free path. */
  readonly queueAndFree: boolean;
  /** A mapped page is freed as if it were unmapped. */
  readonly skipUnmap: boolean;
  /** The worker holds zone->lock, and with it interrupts off, while it waits for the other CPUs. */
  readonly flushUnderLock: boolean;
}

export const CORRECT: AsyncFreeSwitches = {
  freeBeforeFlush: false,
  forgetOneCpu: false,
  skipZero: false,
  clearPendingLate: false,
  queueAndFree: false,
  skipUnmap: false,
  flushUnderLock: false,
};
