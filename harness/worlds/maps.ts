import type { CallEntry } from "../../model/machine.ts";
import { type NamedWorld, spacesWith } from "./named-world.ts";

/** Links of pages, in the small geometry: the first block, which is flipped first, and the second. */
const FIRST_BLOCK = 1;
const IN_FIRST_BLOCK = 2;
const SECOND_BLOCK = 5;
const IN_SECOND_BLOCK = 6;

/** A task returns to user space and stays restricted: from then on its CPU may cache what the restricted map shows. */
const RESTRICT: CallEntry = { call: "syscall_user", args: [1] };
/** mm `mms` is a kernel thread: the CPU becomes lazy. */
const GO_LAZY: CallEntry = { call: "context_switch", args: [3] };

const TABLES = spacesWith({ tables: true });

function on(link: number, ...calls: readonly string[]): CallEntry[] {
  return calls.map((call) => ({ call, args: [link] }));
}

export const MAPS: readonly NamedWorld[] = [
  {
    name: "direct-map",
    purpose: "memory failure and set_memory on a page of a block of each label, beside flips (W9)",
    scope: "cpus=1,pages=8,calls=4",
    spaces: TABLES,
    callMenu: [
      RESTRICT,
      ...on(IN_FIRST_BLOCK, "set_mce_nospec", "clear_mce_nospec", "set_memory_ro", "set_memory_rw"),
      ...on(IN_SECOND_BLOCK, "set_mce_nospec", "clear_mce_nospec"),
    ],
    allocates: true,
  },
  {
    name: "encrypt",
    purpose: "a page loses its leaf and gets it back within one call; the direct map's leaf is split",
    scope: "cpus=1,pages=8,calls=4",
    spaces: TABLES,
    callMenu: [
      RESTRICT,
      ...on(IN_FIRST_BLOCK, "set_memory_encrypted", "set_memory_decrypted", "split_direct_map"),
      ...on(IN_SECOND_BLOCK, "set_memory_encrypted"),
    ],
    allocates: true,
  },
  {
    name: "split",
    purpose: "a large leaf is split by one CPU while the other, restricted, may use it",
    scope: "cpus=2,pages=8,calls=2+1",
    spaces: TABLES,
    callMenu: [RESTRICT, ...on(IN_FIRST_BLOCK, "set_mce_nospec", "set_memory_ro")],
    allocates: true,
  },
  {
    name: "tables",
    purpose: "a table's allocation, or a leaf's store, fails at each position of a flip; empty tables are freed (W12)",
    scope: "cpus=1,pages=8,calls=4",
    spaces: TABLES,
    callMenu: [RESTRICT, ...on(FIRST_BLOCK, "free_pte_table")],
    allocates: true,
  },
  {
    name: "tables-lazy",
    purpose: "a table is freed while a CPU in lazy TLB mode has walked it under a PCID that it will come back to",
    scope: "cpus=2,pages=8,calls=2+2",
    spaces: TABLES,
    callMenu: [RESTRICT, GO_LAZY, ...on(FIRST_BLOCK, "pte_alloc_kernel", "free_pte_table")],
    allocates: false,
  },
  {
    name: "memory-hotplug",
    purpose: "a free pageblock leaves the machine and comes back, restricted tables included",
    scope: "cpus=1,pages=8,calls=4",
    spaces: TABLES,
    callMenu: [RESTRICT, ...on(SECOND_BLOCK, "arch_remove_memory", "arch_add_memory")],
    allocates: true,
  },
  {
    name: "memory-hotplug-tables",
    purpose: "a pageblock leaves the machine while its CPU may still walk its restricted table",
    scope: "cpus=1,pages=8,calls=4",
    spaces: TABLES,
    callMenu: [RESTRICT, ...on(SECOND_BLOCK, "pte_alloc_kernel", "arch_remove_memory", "arch_add_memory")],
    allocates: false,
  },
  {
    name: "zero-page",
    purpose: "a frame that every mm maps and nobody owns is freed, and given to one of them",
    scope: "cpus=2,pages=8,calls=2+3",
    spaces: spacesWith({ tables: true, user: true }),
    callMenu: [
      RESTRICT,
      { call: "alloc_user_page", args: [1, 0] },
      ...["get_huge_zero_page", "zap_huge_zero_page", "shrink_huge_zero_page"].map((call) => ({ call, args: [] })),
    ],
    allocates: false,
  },
];
