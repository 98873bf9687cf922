import { ackWithIrqsOff } from "./ack-with-irqs-off.ts";
import { enterNoflush } from "./enter-noflush.ts";
import { fillBeforeClear } from "./fill-before-clear.ts";
import { forgottenAlias } from "./forgotten-alias.ts";
import { freedTableInUse } from "./freed-table-in-use.ts";
import { generationBeforeClear } from "./generation-before-clear.ts";
import { h1AbsentNeverCached } from "./h1-absent-never-cached.ts";
import { h1SpuriousFault } from "./h1-spurious-fault.ts";
import { h2SpeculativeFill } from "./h2-speculative-fill.ts";
import { h3ClearRemovesNothing } from "./h3-clear-removes-nothing.ts";
import { h4WalkIsSeveralLoads } from "./h4-walk-is-several-loads.ts";
import { h5InvlpgCurrentPcid } from "./h5-invlpg-current-pcid.ts";
import { h5InvlpgGlobal } from "./h5-invlpg-global.ts";
import { h5InvlpgLargePage } from "./h5-invlpg-large-page.ts";
import { h5InvlpgStructures } from "./h5-invlpg-structures.ts";
import { h6Cr3Write } from "./h6-cr3-write.ts";
import { h7Invpcid } from "./h7-invpcid.ts";
import { h8PgeToggle } from "./h8-pge-toggle.ts";
import { h9PcidReuse } from "./h9-pcid-reuse.ts";
import { h10MixedSizes } from "./h10-mixed-sizes.ts";
import { h12InvlpgbTlbsync } from "./h12-invlpgb-tlbsync.ts";
import { handOutBeforeAck } from "./hand-out-before-ack.ts";
import { handlerWrongPcid } from "./handler-wrong-pcid.ts";
import { icrOvertakesClear } from "./icr-overtakes-clear.ts";
import { labelBeforeAck } from "./label-before-ack.ts";
import { lazyCpuFreedTable } from "./lazy-cpu-freed-table.ts";
import type { Litmus } from "./litmus.ts";
import { mirrorSetsPresent } from "./mirror-sets-present.ts";
import { nmiInTransition } from "./nmi-in-transition.ts";
import { onlineWithStaleTlb } from "./online-with-stale-tlb.ts";
import { secondFlipper } from "./second-flipper.ts";
import { slotReuse } from "./slot-reuse.ts";
import { switchWindow } from "./switch-window.ts";
import { targetBeforeSwitch } from "./target-before-switch.ts";
import { targetsWhileEntering } from "./targets-while-entering.ts";
import { zeroBeforePresent } from "./zero-before-present.ts";

/** Every litmus file: the rules of the hardware by number, then the races. */
export const LITMUS_FILES: readonly Litmus[] = [
  h1AbsentNeverCached,
  h1SpuriousFault,
  h2SpeculativeFill,
  h3ClearRemovesNothing,
  h4WalkIsSeveralLoads,
  h5InvlpgCurrentPcid,
  h5InvlpgGlobal,
  h5InvlpgLargePage,
  h5InvlpgStructures,
  h6Cr3Write,
  h7Invpcid,
  h8PgeToggle,
  h9PcidReuse,
  h10MixedSizes,
  h12InvlpgbTlbsync,
  ackWithIrqsOff,
  enterNoflush,
  fillBeforeClear,
  forgottenAlias,
  freedTableInUse,
  generationBeforeClear,
  handOutBeforeAck,
  handlerWrongPcid,
  icrOvertakesClear,
  labelBeforeAck,
  lazyCpuFreedTable,
  mirrorSetsPresent,
  nmiInTransition,
  onlineWithStaleTlb,
  secondFlipper,
  slotReuse,
  switchWindow,
  targetBeforeSwitch,
  targetsWhileEntering,
  zeroBeforePresent,
];
