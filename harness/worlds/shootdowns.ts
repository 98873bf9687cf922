import { type NamedWorld, spacesWith } from "./named-world.ts";

/** A task returns to user space in class 1, and the restricted address space stays loaded. */
const SYSCALL = { call: "syscall_user", args: [1] } as const;
/** The idle task, and the mm's own again. */
const SWITCH_TO_KTHREAD = { call: "context_switch", args: [2] } as const;

export const SHOOTDOWNS: readonly NamedWorld[] = [
  {
    name: "batch",
    purpose: "freed pages wait for a batched flush, or are taken back, while another CPU runs restricted",
    scope: "cpus=2,pages=4,mms=2,calls=3+1,setup=drained",
    spaces: spacesWith({}),
    callMenu: [SYSCALL],
    allocates: true,
  },
  {
    name: "aliases",
    purpose: "kernel areas show pages a second time, and are purged lazily (W15)",
    scope: "cpus=1,pages=4,mms=2,calls=5,setup=drained",
    spaces: spacesWith({ vmaps: 1 }),
    callMenu: [SYSCALL, { call: "vmap", args: [1] }, { call: "purge_vmap_area_lazy", args: [] }],
    allocates: true,
  },
  {
    name: "lazy-cpu",
    purpose: "a CPU in lazy mode is the target of a kernel-range flush",
    scope: "cpus=2,pages=4,mms=1,calls=2+2,setup=drained",
    spaces: spacesWith({}),
    callMenu: [SYSCALL, SWITCH_TO_KTHREAD],
    allocates: true,
  },
];
