import type { Design } from "../../model/design.ts";
import { asyncFree } from "./async-free/design.ts";
import { batchProbe } from "./batch-probe/design.ts";
import {
  flushUnderLock,
  forgetOneCpu,
  freeBeforeFlush,
  keepsMapped,
  lostWakeup,
  noZero,
  twoLists,
} from "./canaries/canaries.ts";
import {
  countsBytes,
  countsPcpPages,
  fallsBackUnmapped,
  flipsUnderLock,
  flipsWithoutFlush,
  handsOutBeforeAcks,
  keepsPartialMap,
  labelBeforeAcks,
  labelRunsAhead,
  listsBeforeFlush,
  mapsSecrets,
  mergesAcross,
  remainderBeforeFlush,
  reserveForgetsLabel,
  trustsClearLeaves,
  undoesWithoutFlush,
  zeroesTooLate,
} from "./canaries/flips.ts";
import { SHOOTDOWN_CANARIES } from "./canaries/shootdowns.ts";
import { flipProbe } from "./flip-probe/design.ts";
import { noAsi } from "./no-asi.ts";

/** Every design asilab ships, in the order of its reports. A new design is a folder and one line here. */
export const DESIGNS: readonly Design[] = [
  noAsi,
  asyncFree,
  flipProbe,
  batchProbe,
  freeBeforeFlush,
  forgetOneCpu,
  noZero,
  lostWakeup,
  twoLists,
  keepsMapped,
  flushUnderLock,
  trustsClearLeaves,
  listsBeforeFlush,
  labelRunsAhead,
  remainderBeforeFlush,
  countsPcpPages,
  mergesAcross,
  reserveForgetsLabel,
  flipsWithoutFlush,
  keepsPartialMap,
  undoesWithoutFlush,
  mapsSecrets,
  zeroesTooLate,
  labelBeforeAcks,
  flipsUnderLock,
  handsOutBeforeAcks,
  countsBytes,
  fallsBackUnmapped,
  ...SHOOTDOWN_CANARIES,
];
