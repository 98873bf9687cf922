import type { World } from "./world.ts";

/** Whose manual the invalidations follow; `amd-tce-invlpgb` also broadcasts and prunes paging-structure caches by address. */
export type HardwareProfile = "intel" | "amd" | "amd-tce-invlpgb";

/**
 * What a world with address spaces of its own has, beyond one protected context per CPU that is always loaded.
 *
 * - **slots**: dynamic ASIDs per CPU. **classes**: restricted domains per mm. Each slot gives `1 + classes` PCIDs.
 * - **vmaps**: one-page virtual areas of the kernel outside the physmap (vmalloc, vmap, the kernel image).
 * - **user**: each mm has user mappings of its own, which its restricted tables contain too.
 * - **tables**: leaves have sizes, tables are frames, paging-structure caches exist.
 * - **globals**: the kernel's leaves in the unrestricted map carry the global bit.
 * - **interrupts**, **nmis**: device interrupts and NMIs that may arrive, each counted against a budget for the whole run.
 * - **stores**: entries of each CPU's store buffer; 0 is sequential consistency.
 */
export interface AddressSpaces {
  readonly slots: number;
  readonly classes: number;
  readonly vmaps: number;
  readonly user: boolean;
  readonly tables: boolean;
  readonly globals: boolean;
  readonly interrupts: number;
  readonly nmis: number;
  readonly stores: number;
  readonly profile: HardwareProfile;
}

/** The view of an address space in which everything is mapped; restricted domains are views 1 to `classes`. */
export const UNRESTRICTED = 0;

/** Address spaces of an mm: the unrestricted one, and one per class. */
export function viewsOf(spaces: AddressSpaces): number {
  return 1 + spaces.classes;
}

/** PCIDs of a CPU; `slot * views + view`. */
export function tagsOf(spaces: AddressSpaces): number {
  return spaces.slots * viewsOf(spaces);
}

/** Page-table roots: those of every mm, and of init_mm, whose index is `mms`. */
export function rootsOf(spaces: AddressSpaces, mms: number): number {
  return (mms + 1) * viewsOf(spaces);
}

/**
 * What a CPU can cache, numbered: the physmap's pages, then (with tables) one upper entry per block, then each kernel area ×
 * the frames it may show, then each mm × the frames that its user part may show.
 */
export interface TranslationRows {
  readonly uppers: number;
  readonly vmaps: number;
  readonly users: number;
  readonly total: number;
}

export function rowsOfSpaces(spaces: AddressSpaces, pages: number, blocks: number, mms: number): TranslationRows {
  const uppers = pages;
  const vmaps = uppers + (spaces.tables ? blocks : 0);
  const users = vmaps + spaces.vmaps * pages;
  return { uppers, vmaps, users, total: users + (spaces.user ? mms * pages : 0) };
}

/** The world's address spaces; an assertion of ours that it has some. */
export function spacesOf(world: World): AddressSpaces {
  if (world.spaces === undefined) throw new Error("this world has address spaces");
  return world.spaces;
}
