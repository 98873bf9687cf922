/**
 * What a CPU's microarchitectural state may have been influenced by (CONTROL) or may still contain (DATA).
 *
 * - **Source**: `asi_taints_t` of ASI RFC v2.
 */
export const TAINT = {
  kernelData: 1,
  userData: 2,
  guestData: 4,
  otherMmData: 8,
  userControl: 16,
  guestControl: 32,
  otherMmControl: 64,
} as const;

const CONTROL = TAINT.userControl | TAINT.guestControl | TAINT.otherMmControl;

/** What a restricted domain is protected against, and what running it leaves behind. Bits of TAINT. */
export interface TaintPolicy {
  readonly preventControl: number;
  readonly protectData: number;
  readonly set: number;
}

/** Class 1 runs guests. */
const GUEST_POLICY: TaintPolicy = {
  preventControl: TAINT.userControl | TAINT.otherMmControl,
  protectData: TAINT.kernelData | TAINT.userData | TAINT.otherMmData,
  set: TAINT.guestControl | TAINT.guestData,
};

/** Class 2, or class 1 where the workload returns to user space in it. */
const USER_POLICY: TaintPolicy = {
  preventControl: TAINT.guestControl | TAINT.otherMmControl,
  protectData: TAINT.kernelData | TAINT.guestData | TAINT.otherMmData,
  set: TAINT.userControl | TAINT.userData,
};

export function policyOf(asiClass: number): TaintPolicy {
  return asiClass === 1 ? GUEST_POLICY : USER_POLICY;
}

/** Control state that an attacker may have trained, to be flushed on the way to the unrestricted map. */
export function attackerControl(taints: number): number {
  return taints & CONTROL;
}

/** Another mm takes over the CPU: what user space and guests of the old one left is another mm's from now on. */
export function taintsAfterSwitchMm(taints: number): number {
  let after = taints & TAINT.kernelData;
  if ((taints & (TAINT.userData | TAINT.guestData | TAINT.otherMmData)) !== 0) after |= TAINT.otherMmData;
  if ((taints & CONTROL) !== 0) after |= TAINT.otherMmControl;
  return after;
}
