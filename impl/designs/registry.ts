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
  ...SHOOTDOWN_CANARIES,
];
