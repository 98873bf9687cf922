/**
 * Allocation flags with the kernel's names and values.
 *
 * The same name has different values in different kernels (`GFP_ATOMIC` lost a bit, `GFP_NOWAIT` gained one), so there is
 * one table per version and `GFP` is the newest. Keys drop the prefix: `GFP.KERNEL` is `GFP_KERNEL`, `GFP.ZERO` is
 * `__GFP_ZERO`; where both prefixes exist and differ, the bare bit has `_BIT` behind it.
 *
 * Two flags are ours, not any kernel's: `SENSITIVE` (the page will hold a secret; what the ASI series call
 * `__GFP_SENSITIVE`) and `UNMAPPED` (the page leaves the direct map: `__GFP_UNMAPPED`). They take bits 28 and 29, which
 * no configuration of 6.1 or 6.12 gives away, and stay below 2^30 so that a flag word is a small integer.
 */
export type KernelVersion = "6.1" | "6.12";

const SENSITIVE = 1 << 28;
const UNMAPPED = 1 << 29;

const COMMON = {
  DMA: 0x1,
  HIGHMEM: 0x2,
  DMA32: 0x4,
  MOVABLE: 0x8,
  RECLAIMABLE: 0x10,
  HIGH: 0x20,
  IO: 0x40,
  FS: 0x80,
  ZERO: 0x100,
  DIRECT_RECLAIM: 0x400,
  KSWAPD_RECLAIM: 0x800,
  WRITE: 0x1000,
  NOWARN: 0x2000,
  RETRY_MAYFAIL: 0x4000,
  NOFAIL: 0x8000,
  NORETRY: 0x1_0000,
  MEMALLOC: 0x2_0000,
  COMP: 0x4_0000,
  NOMEMALLOC: 0x8_0000,
  HARDWALL: 0x10_0000,
  THISNODE: 0x20_0000,
  ACCOUNT: 0x40_0000,
  ZEROTAGS: 0x80_0000,

  RECLAIM: 0xc00,
  NOIO: 0xc00,
  NOFS: 0xc40,
  KERNEL: 0xcc0,
  KERNEL_ACCOUNT: 0x40_0cc0,
  USER: 0x10_0cc0,
  HIGHUSER: 0x10_0cc2,
  HIGHUSER_MOVABLE: 0x10_0cca,
  TRANSHUGE_LIGHT: 0x1c_20ca,
  TRANSHUGE: 0x1c_24ca,

  SENSITIVE,
  UNMAPPED,
} as const;

/** Linux 6.12. **Source**: the flag table in the print format of its kmem trace events; include/linux/gfp_types.h. */
export const GFP_V6_12 = { ...COMMON, ATOMIC: 0x820, NOWAIT: 0x2800 } as const;

/** Linux 6.1: `__GFP_ATOMIC` still exists and is part of `GFP_ATOMIC`; `GFP_NOWAIT` does not yet silence the warning. */
export const GFP_V6_1 = { ...COMMON, ATOMIC: 0xa20, NOWAIT: 0x800, ATOMIC_BIT: 0x200 } as const;

/** The default version's flags. */
export const GFP = GFP_V6_12;

/** What the text of a flag word says. `unknown` lists names of no flag of that version, in the order met. */
export interface ParsedGfp {
  readonly gfp: number;
  readonly unknown: readonly string[];
}

/**
 * Reads flag words as trace events print them: names joined by `|`, `none` for 0, unnamed bits as hexadecimal.
 *
 * - **Errors**: none; names that the version does not have are returned, for the caller to report.
 */
export function parseGfp(version: KernelVersion): (text: string) => ParsedGfp {
  const values = new Map<string, number>(PRINTED[version]);
  for (const [name, value] of SYNONYMS) values.set(name, value);
  return (text) => {
    let gfp = 0;
    const unknown: string[] = [];
    for (const name of text.split("|")) {
      const value = values.get(name) ?? (/^0x[0-9a-f]{1,8}$/i.test(name) ? Number.parseInt(name, 16) : undefined);
      if (value === undefined) unknown.push(name);
      else gfp |= value;
    }
    return { gfp, unknown };
  };
}

/**
 * Prints a flag word as that kernel's trace events would, our two flags last.
 *
 * - **Source**: `__def_gfpflag_names` in include/trace/events/mmflags.h, taken greedily in order.
 */
export function gfpToString(gfp: number, version: KernelVersion = "6.12"): string {
  if (gfp === 0) return "none";
  let rest = gfp;
  const names: string[] = [];
  for (const [name, value] of PRINTED[version]) {
    if ((rest & value) !== value) continue;
    names.push(name);
    rest &= ~value;
  }
  if (rest !== 0) names.push(`0x${(rest >>> 0).toString(16)}`);
  return names.join("|");
}

/**
 * The policy by which a recorded allocation counts as sensitive: user and page-cache memory is, kernel memory is not.
 *
 * A recorded flag word does not know about ASI, so sensitivity is derived from what only user-facing callers ask for:
 *
 * - `HARDWALL` (cpuset limits are enforced): part of `GFP_USER`, `GFP_HIGHUSER` and all that is built on them; also left
 *   over when a file system strips `FS` off a mapping's flags. Anonymous memory, pipe buffers, page cache.
 * - `MOVABLE`: the page can be migrated, so nobody holds its address but page tables and the page cache.
 * - `HIGHMEM`: the caller does not need a kernel address, so the content is not the kernel's.
 * - `WRITE`: about to become a dirty page-cache page.
 *
 * Not sensitive: page tables, kernel stacks and task structures (`KERNEL_ACCOUNT | ZERO`), slab, per-CPU memory.
 *
 * - **Leaves out**: user bytes in kernel memory. Socket buffers are allocated as plain kernel memory, so network payload
 *   counts as not sensitive; a design that wants it protected has to say so in the allocation.
 */
export function isSensitiveUnderPolicy(gfp: number): boolean {
  return (gfp & (GFP.HARDWALL | GFP.MOVABLE | GFP.HIGHMEM | GFP.WRITE)) !== 0;
}

/**
 * The migratetype that a request asks for: 0 unmovable, 1 movable, 2 reclaimable.
 *
 * Both bits at once is a caller's bug (the kernel warns) and gives 3, as there.
 *
 * - **Source**: `gfp_migratetype()` in include/linux/gfp.h.
 */
export function migratetypeOf(gfp: number): number {
  return (gfp & (GFP.MOVABLE | GFP.RECLAIMABLE)) >> 3;
}

/** Whether the caller may sleep. **Source**: `gfpflags_allow_blocking()` in include/linux/gfp.h. */
export function gfpAllowsBlocking(gfp: number): boolean {
  return (gfp & GFP.DIRECT_RECLAIM) !== 0;
}

type Named = readonly (readonly [name: string, value: number])[];

/** In the order in which the kernel tries them: composites before their parts. */
function printedNames(flags: typeof COMMON & { ATOMIC: number; NOWAIT: number }, atomicBit: Named): Named {
  return [
    ["GFP_TRANSHUGE", flags.TRANSHUGE],
    ["GFP_TRANSHUGE_LIGHT", flags.TRANSHUGE_LIGHT],
    ["GFP_HIGHUSER_MOVABLE", flags.HIGHUSER_MOVABLE],
    ["GFP_HIGHUSER", flags.HIGHUSER],
    ["GFP_USER", flags.USER],
    ["GFP_KERNEL_ACCOUNT", flags.KERNEL_ACCOUNT],
    ["GFP_KERNEL", flags.KERNEL],
    ["GFP_NOFS", flags.NOFS],
    ["GFP_ATOMIC", flags.ATOMIC],
    ["GFP_NOIO", flags.NOIO],
    ["GFP_NOWAIT", flags.NOWAIT],
    ["GFP_DMA", flags.DMA],
    ["__GFP_HIGHMEM", flags.HIGHMEM],
    ["GFP_DMA32", flags.DMA32],
    ["__GFP_HIGH", flags.HIGH],
    ...atomicBit,
    ["__GFP_IO", flags.IO],
    ["__GFP_FS", flags.FS],
    ["__GFP_NOWARN", flags.NOWARN],
    ["__GFP_RETRY_MAYFAIL", flags.RETRY_MAYFAIL],
    ["__GFP_NOFAIL", flags.NOFAIL],
    ["__GFP_NORETRY", flags.NORETRY],
    ["__GFP_COMP", flags.COMP],
    ["__GFP_ZERO", flags.ZERO],
    ["__GFP_NOMEMALLOC", flags.NOMEMALLOC],
    ["__GFP_MEMALLOC", flags.MEMALLOC],
    ["__GFP_HARDWALL", flags.HARDWALL],
    ["__GFP_THISNODE", flags.THISNODE],
    ["__GFP_RECLAIMABLE", flags.RECLAIMABLE],
    ["__GFP_MOVABLE", flags.MOVABLE],
    ["__GFP_ACCOUNT", flags.ACCOUNT],
    ["__GFP_WRITE", flags.WRITE],
    ["__GFP_RECLAIM", flags.RECLAIM],
    ["__GFP_DIRECT_RECLAIM", flags.DIRECT_RECLAIM],
    ["__GFP_KSWAPD_RECLAIM", flags.KSWAPD_RECLAIM],
    ["__GFP_ZEROTAGS", flags.ZEROTAGS],
    ["__GFP_SENSITIVE", flags.SENSITIVE],
    ["__GFP_UNMAPPED", flags.UNMAPPED],
  ];
}

const PRINTED: Readonly<Record<KernelVersion, Named>> = {
  "6.1": printedNames(GFP_V6_1, [["__GFP_ATOMIC", GFP_V6_1.ATOMIC_BIT]]),
  "6.12": printedNames(GFP_V6_12, []),
};

/** Names that people write and the kernel never prints. */
const SYNONYMS: Named = [
  ["none", 0],
  ["__GFP_DMA", COMMON.DMA],
  ["__GFP_DMA32", COMMON.DMA32],
];
