import { type NamedWorld, spacesWith } from "./named-world.ts";

/** A task returns to user space in class 1, and the restricted address space stays loaded. */
const SYSCALL = { call: "syscall_user", args: [1] } as const;
const EXIT = { call: "asi_exit", args: [] } as const;
/** Reclaim takes user pages, if there are any yet when the set-up `visited` makes the call. */
const SHRINK = { call: "shrink_folio_list", args: [] } as const;
const SECRET = { call: "alloc_pages", args: [1, 0] } as const;
/** Of what the last CPU's process, the third, maps nothing at. */
const MADVISE = { call: "process_madvise", args: [0, 3] } as const;
const MMAP = { call: "mmap_fault", args: [] } as const;

export const SHOOTDOWNS: readonly NamedWorld[] = [
  {
    name: "batch",
    purpose: "freed pages wait for a batched flush, or are taken back; a protected context is always loaded",
    scope: "cpus=2,pages=4,calls=1+2,setup=drained",
    callMenu: [],
    allocates: true,
  },
  {
    name: "batch-asi",
    purpose: "pages are flushed one by one or a few together while another CPU runs restricted",
    scope: "cpus=2,pages=4,mms=2,calls=2+1,setup=fragmented",
    spaces: spacesWith({}),
    callMenu: [SYSCALL],
    allocates: true,
  },
  {
    name: "one-cpu",
    purpose:
      "a CPU flushes while it runs unrestricted, and holds entries under its restricted PCID: nobody else is needed",
    scope: "cpus=1,pages=4,mms=2,calls=4,setup=drained",
    spaces: spacesWith({}),
    callMenu: [SYSCALL, EXIT],
    allocates: true,
  },
  {
    name: "slot-behind",
    purpose: "entries under the PCIDs of a slot that is not loaded",
    scope: "cpus=1,pages=4,mms=2,calls=4,setup=drained",
    spaces: spacesWith({ slots: 2 }),
    callMenu: [SYSCALL, { call: "context_switch", args: [2] }],
    allocates: true,
  },
  {
    name: "generations",
    purpose: "transitions keep entries, and a CPU enters while another flushes by generation",
    scope: "cpus=2,pages=4,mms=2,calls=1+1,setup=fragmented",
    spaces: spacesWith({}),
    callMenu: [SYSCALL],
    allocates: true,
  },
  {
    name: "flip-asi",
    purpose: "one CPU flips a block towards sensitive while another has just entered a restricted address space",
    scope: "cpus=2,pages=8,mms=2,calls=1+1,setup=flipped",
    spaces: spacesWith({}),
    callMenu: [SYSCALL],
    allocates: true,
  },
  {
    name: "flip-stores",
    purpose: "the same with store buffers: an IPI may overtake the clear that it is about",
    scope: "cpus=2,pages=8,mms=2,calls=1+1,setup=flipped",
    spaces: spacesWith({ stores: 1 }),
    callMenu: [SYSCALL],
    allocates: true,
  },
  {
    name: "flip-generations",
    purpose: "a CPU enters again while another flips by generation: who sees curr_asi, who sees the generation",
    scope: "cpus=2,pages=8,mms=2,calls=1+3,setup=flipped",
    spaces: spacesWith({ stores: 1 }),
    callMenu: [SYSCALL, EXIT],
    allocates: true,
  },
  {
    name: "lazy-cpu",
    purpose: "a CPU in lazy TLB mode is the target of a kernel-range flush",
    scope: "cpus=2,pages=8,mms=2,calls=1+2,setup=flipped",
    spaces: spacesWith({}),
    callMenu: [SYSCALL, { call: "context_switch", args: [3] }],
    allocates: true,
  },
  {
    name: "aliases",
    purpose: "kernel areas show pages a second time, and are purged lazily (W15)",
    scope: "cpus=1,pages=4,mms=2,calls=4,setup=drained",
    spaces: spacesWith({ vmaps: 1 }),
    callMenu: [SYSCALL, { call: "vmap", args: [1] }, { call: "purge_vmap_area_lazy", args: [] }],
    allocates: true,
  },
  {
    name: "reclaim-batch",
    purpose:
      "reclaim has unmapped a user page and not flushed yet, and the page is freed; a third CPU may hold the entry",
    scope: "cpus=3,pages=1,mms=3,calls=1+2+0,setup=visited",
    spaces: spacesWith({ user: true }),
    callMenu: [SHRINK, SECRET, MMAP, SYSCALL],
    allocates: false,
  },
  {
    name: "reclaim-batches",
    purpose: "reclaim unmaps a page of a process while a flush of what it had unmapped there before is under way",
    scope: "cpus=3,pages=1,mms=3,calls=1+3+0,setup=visited",
    spaces: spacesWith({ user: true }),
    callMenu: [MADVISE, SECRET, MMAP, SHRINK, SECRET, MMAP, SYSCALL],
    allocates: false,
  },
];
