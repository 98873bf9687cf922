import type { Design } from "../../model/design.ts";
import { asiProbe, asiProbeGenerations } from "./asi-probe/design.ts";
import { asyncFree } from "./async-free/design.ts";
import { aliasProbe, batchProbe } from "./batch-probe/design.ts";
import {
  flushUnderLock,
  forgetOneCpu,
  freeBeforeFlush,
  keepsMapped,
  lostWakeup,
  noZero,
  twoLists,
} from "./canaries/canaries.ts";
import { FLIP_CANARIES } from "./canaries/flips.ts";
import { MAP_CANARIES } from "./canaries/maps.ts";
import { SHOOTDOWN_CANARIES } from "./canaries/shootdowns.ts";
import { TRANSITION_CANARIES } from "./canaries/transitions.ts";
import { flipProbe } from "./flip-probe/design.ts";
import { inStepProbe, onDemandMirror, onDemandProbe, splitProbe } from "./map-probe/strategies.ts";
import { noAsi } from "./no-asi.ts";

/** Every design asilab ships, in the order of its reports. A new design is a folder and one line here. */
export const DESIGNS: readonly Design[] = [
  noAsi,
  asyncFree,
  flipProbe,
  asiProbe,
  asiProbeGenerations,
  batchProbe,
  aliasProbe,
  splitProbe,
  onDemandProbe,
  onDemandMirror,
  inStepProbe,
  freeBeforeFlush,
  forgetOneCpu,
  noZero,
  lostWakeup,
  twoLists,
  keepsMapped,
  flushUnderLock,
  ...FLIP_CANARIES,
  ...MAP_CANARIES,
  ...SHOOTDOWN_CANARIES,
  ...TRANSITION_CANARIES,
];
