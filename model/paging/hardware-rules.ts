/** Which paging-structure entries an invalidation of one address takes along. */
export type StructureReach = "whole-pcid" | "path" | "none";

/**
 * The rules H1–H10 and H12 as a record, one field for each thing a processor could get wrong.
 *
 * A profile is what the manuals guarantee and not a bit more: where a manual allows an instruction to drop more than it
 * must, the model drops the minimum, since software may rely on nothing else. A mutant is a profile with one field changed.
 *
 * - **Source**: Intel SDM vol. 3 §4.10 (caching translation information), §9.2 (memory ordering), §9.3 (serialising
 *   instructions); AMD APM vol. 2 §5.5 (translation caching), §7.2 (memory ordering), vol. 3 (INVLPGB, TLBSYNC).
 */
export interface HardwareRules {
  /** H1: a walk that meets P = 0 leaves a negative entry. No processor does. */
  readonly cachesAbsent: boolean;
  /** H2: walks begin for any page at any time, not only on an access. */
  readonly speculates: boolean;
  /** H3: a store that reaches memory drops what was cached from the entry. No x86 processor does. */
  readonly storesSnoopCaches: boolean;
  /** H4: the loads of a walk and its deposit are one event. */
  readonly walksAtomic: boolean;
  /** H4: an invalidation ends the walks begun before it. */
  readonly invalidationEndsWalks: boolean;
  /** H5: INVLPG reaches entries of the current PCID only. */
  readonly invlpgPcids: "current" | "all";
  /** H5: INVLPG drops a global entry for the page. Some Intel hybrids with PCID on do not (the erratum of 2022/23). */
  readonly invlpgDropsGlobal: boolean;
  readonly invlpgStructures: StructureReach;
  /** H6: whose entries a CR3 write without NOFLUSH drops. */
  readonly cr3Drops: "new-pcid" | "old-pcid" | "nothing" | "everything";
  /** H6, H9: NOFLUSH is obeyed. */
  readonly noflushKeeps: boolean;
  /** H7: the reach of each INVPCID type; type 2 alone reaches global entries. */
  readonly invpcidAddressStructures: StructureReach;
  readonly invpcidAllDropsGlobal: boolean;
  readonly invpcidContextDropsGlobal: boolean;
  readonly invpcidNonGlobalPcids: "all" | "current";
  /** H8: a change of CR4.PGE drops everything. */
  readonly pgeToggle: "everything" | "non-global" | "current-pcid";
  /** H10: two sizes live for one address have a meaning. */
  readonly toleratesMixedSizes: boolean;
  /** H12. */
  readonly hasInvlpgb: boolean;
  readonly invlpgbAsynchronous: boolean;
  readonly tlbsyncWaits: boolean;
  /** EFER.TCE is implemented; Linux sets it where it is. */
  readonly hasTce: boolean;
  /** Page faults drop what the faulting address used, so that they do not recur (SDM §4.10.4.1). */
  readonly faultInvalidates: boolean;
  /** x86-TSO: stores wait in a buffer, leave it in order, and a fence waits for it. */
  readonly buffersStores: boolean;
  readonly storesInOrder: boolean;
  readonly nonTemporalInOrder: boolean;
  readonly fenceWaits: boolean;
  readonly lockedWaits: boolean;
  readonly serialisingWaits: boolean;
  /** Sending an IPI waits for earlier stores. An x2APIC ICR write on Intel does not. */
  readonly icrWaits: boolean;
}

export type ProfileName = "intel" | "amd" | "amd-tce-invlpgb";

export const PROFILE_NAMES: readonly ProfileName[] = ["intel", "amd", "amd-tce-invlpgb"];

const INTEL: HardwareRules = {
  cachesAbsent: false,
  speculates: true,
  storesSnoopCaches: false,
  walksAtomic: false,
  invalidationEndsWalks: true,
  invlpgPcids: "current",
  invlpgDropsGlobal: true,
  invlpgStructures: "whole-pcid",
  cr3Drops: "new-pcid",
  noflushKeeps: true,
  invpcidAddressStructures: "path",
  invpcidAllDropsGlobal: true,
  invpcidContextDropsGlobal: false,
  invpcidNonGlobalPcids: "all",
  pgeToggle: "everything",
  toleratesMixedSizes: false,
  hasInvlpgb: false,
  invlpgbAsynchronous: true,
  tlbsyncWaits: true,
  hasTce: false,
  faultInvalidates: true,
  buffersStores: true,
  storesInOrder: true,
  nonTemporalInOrder: false,
  fenceWaits: true,
  lockedWaits: true,
  serialisingWaits: true,
  icrWaits: false,
};

/** Without TCE an AMD invalidation of one address drops every upper-level entry; the model grants it the PCID's own. */
const AMD: HardwareRules = { ...INTEL, invpcidAddressStructures: "whole-pcid", icrWaits: true };

const PROFILES: Readonly<Record<ProfileName, HardwareRules>> = {
  intel: INTEL,
  amd: AMD,
  "amd-tce-invlpgb": { ...AMD, hasTce: true, hasInvlpgb: true },
};

/** The rules of a profile. */
export function rulesOf(profile: ProfileName): HardwareRules {
  return PROFILES[profile];
}
