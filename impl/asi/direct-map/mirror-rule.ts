import type { Kernel } from "../../../model/kernel.ts";

/** Named departures from the rule; each is a canary's. */
export interface MirrorSwitches {
  /** The present bit is mirrored like any other bit. */
  readonly copiesPresent: boolean;
  /** The repetition works on the first description again (`cpa` for `asi_cpa`): the restricted map never changes. */
  readonly changesDirectTwice: boolean;
  /** A part of a large leaf is changed as if it were a leaf of its own. */
  readonly cutsLeaf: boolean;
}

export const CORRECT_MIRROR: MirrorSwitches = { copiesPresent: false, changesDirectTwice: false, cutsLeaf: false };

/**
 * One change of a page's entry in the direct map, and what the restricted map must make of it.
 *
 * The rule: bits that mean nothing to ASI are copied; the present bit is copied when it goes, never when it comes (S15); so
 * every reduction reaches the restricted map before the call returns (S14), and a page that was unmapped comes back to the
 * direct map only. If it was nonsensitive, its next use from a restricted context costs a fault.
 *
 * - **Source**: patch 5 of the series of September 2025, and its review by D. Hansen.
 */
export interface Change {
  readonly label: string;
  readonly direct: (k: Kernel, pfn: number) => void;
  readonly mirror: (k: Kernel, pfn: number) => void;
}

export function changes(switches: MirrorSwitches): Readonly<Record<"np" | "p" | "ro" | "rw", Change>> {
  const all: Readonly<Record<"np" | "p" | "ro" | "rw", Change>> = {
    np: {
      label: "np",
      direct: (k, pfn) => k.spaces.clearDirect(pfn),
      mirror: (k, pfn) => k.hw.clearPresent(pfn),
    },
    p: {
      label: "p",
      direct: (k, pfn) => k.spaces.setDirect(pfn),
      mirror: (k, pfn) => {
        if (switches.copiesPresent) k.hw.setPresent(pfn);
      },
    },
    ro: {
      label: "ro",
      direct: (k, pfn) => k.spaces.setDirectReadOnly(pfn, true),
      mirror: (k, pfn) => k.spaces.setRestrictedReadOnly(pfn, true),
    },
    rw: {
      label: "rw",
      direct: (k, pfn) => k.spaces.setDirectReadOnly(pfn, false),
      mirror: (k, pfn) => k.spaces.setRestrictedReadOnly(pfn, false),
    },
  };
  if (!switches.changesDirectTwice) return all;
  return {
    np: { ...all.np, mirror: all.np.direct },
    p: { ...all.p, mirror: all.p.direct },
    ro: { ...all.ro, mirror: all.ro.direct },
    rw: { ...all.rw, mirror: all.rw.direct },
  };
}
