/** Named departures from the correct flip. A canary is the design with exactly one of them. */
export interface FlipSwitches {
  /** The label says sensitive before the other CPUs have acknowledged. */
  readonly labelBeforeAcks: boolean;
  /** The whole block is on the sensitive lists before the flush; the caller's pages are taken from there afterwards. */
  readonly listBeforeFlush: boolean;
  /** The rest of the block is on the sensitive lists before the flush; only the caller's pages wait. */
  readonly remainderBeforeFlush: boolean;
  /** The pages go to the caller while IPIs are still on their way. */
  readonly handOutBeforeAcks: boolean;
  /** The block is unmapped and nothing is flushed. */
  readonly skipFlush: boolean;
  /** zone->lock is held, with interrupts off, from taking the block to listing its rest. */
  readonly flipUnderLock: boolean;
  /** A block is mapped with whatever its frames held before. */
  readonly skipZero: boolean;
  /** A block is mapped first and zeroed afterwards. */
  readonly mapBeforeZero: boolean;
  /** A label is stored while the block is on the lists, and says what is going to be. */
  readonly relabelFirst: boolean;
  /** The block stays on its list while it is unmapped; whoever finds its leaves clear takes the flush for done. */
  readonly trustClearLeaves: boolean;
  /** Pages on per-CPU lists count as free when a whole free block is looked for. */
  readonly countPcpPages: boolean;
  /** A failed map is undone without a flush. */
  readonly undoWithoutFlush: boolean;
  /** Frees of whole blocks merge with whatever buddy is free. */
  readonly mergeAcross: boolean;
  /** A writer that is not on the list takes the label away: a reserve that does not know of sensitivities. */
  readonly forgetfulReserve: boolean;
  /** A nonsensitive request that may not flip is given a sensitive page. */
  readonly unmappedFallback: boolean;
}

export const CORRECT: FlipSwitches = {
  labelBeforeAcks: false,
  listBeforeFlush: false,
  remainderBeforeFlush: false,
  handOutBeforeAcks: false,
  skipFlush: false,
  flipUnderLock: false,
  skipZero: false,
  mapBeforeZero: false,
  relabelFirst: false,
  trustClearLeaves: false,
  countPcpPages: false,
  undoWithoutFlush: false,
  mergeAcross: false,
  forgetfulReserve: false,
  unmappedFallback: false,
};
