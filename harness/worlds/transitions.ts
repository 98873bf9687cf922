import type { CallEntry } from "../../model/machine.ts";
import { type NamedWorld, spacesWith } from "./named-world.ts";

/** Links of mms and pages, as calls take them. */
const MM0 = 1;
const MM1 = 2;
const MM2 = 3;

const runGuest: CallEntry = { call: "run_guest", args: [1] };
const syscallUser: CallEntry = { call: "syscall_user", args: [2] };
const mmapFault: CallEntry = { call: "mmap_fault", args: [] };
const allocSecret: CallEntry = { call: "alloc_pages", args: [1, 0] };
const cpuDown: CallEntry = { call: "cpu_down", args: [] };
const cpuUp: CallEntry = { call: "cpu_up", args: [], offline: true };
const leave: CallEntry = { call: "asi_exit", args: [] };

function switchTo(mm: number): CallEntry {
  return { call: "context_switch", args: [mm] };
}

/** What the CPU's side of ASI can do to itself and, from the second CPU on, what a flush can do to it. */
export const TRANSITIONS: readonly NamedWorld[] = [
  {
    name: "transitions",
    purpose: "one CPU enters and leaves two classes, with a device interrupt and an NMI at every step",
    scope: "cpus=1,pages=1,mms=1,calls=3",
    spaces: spacesWith({ classes: 2, interrupts: 1, nmis: 1 }),
    callMenu: [runGuest, syscallUser, leave],
    allocates: false,
  },
  {
    name: "faults",
    purpose: "kernel code touches pages that the restricted map, or every map, lacks",
    scope: "cpus=1,pages=1,mms=1,calls=3",
    spaces: spacesWith({ interrupts: 1, nmis: 1 }),
    callMenu: [runGuest, { call: "touch_page", args: [1] }, { call: "debug_pagealloc_unmap", args: [1] }],
    allocates: false,
  },
  {
    name: "enter-again",
    purpose: "one CPU runs a guest, leaves, frees mapped memory and runs the guest again",
    scope: "cpus=1,pages=1,mms=1,calls=4,setup=drained",
    spaces: spacesWith({}),
    callMenu: [runGuest, leave],
    allocates: true,
  },
  {
    name: "two-slots",
    purpose: "one CPU, two mms and two slots: an mm comes back to a slot that memory was unmapped behind",
    scope: "cpus=1,pages=1,mms=2,calls=4,setup=drained",
    spaces: spacesWith({ slots: 2 }),
    callMenu: [runGuest, switchTo(MM1)],
    allocates: true,
  },
  {
    name: "three-mms",
    purpose: "one CPU, three mms and two slots: slots are reused round robin",
    scope: "cpus=1,pages=1,mms=3,calls=5,setup=drained",
    spaces: spacesWith({ slots: 2 }),
    callMenu: [runGuest, switchTo(MM0), switchTo(MM1), switchTo(MM2)],
    allocates: true,
  },
  {
    name: "lazy",
    purpose: "a kernel thread goes on in a process's address space, borrows another, and flushes reach it or not",
    scope: "cpus=2,pages=1,mms=1,calls=3+1,setup=drained",
    spaces: spacesWith({}),
    callMenu: [switchTo(MM1), { call: "kthread_use_mm", args: [MM0] }, runGuest],
    allocates: true,
  },
  {
    name: "hotplug",
    purpose: "a CPU that has run a guest goes offline, memory is unmapped meanwhile, and it comes back",
    scope: "cpus=2,pages=1,mms=1,calls=2+3,setup=drained",
    spaces: spacesWith({ slots: 2 }),
    callMenu: [runGuest, switchTo(MM0), cpuDown, cpuUp],
    allocates: true,
  },
  {
    name: "back-online",
    purpose: "a CPU that had run a guest has gone offline; memory is unmapped meanwhile, and it comes back",
    scope: "cpus=2,pages=1,mms=1,calls=2+2,setup=visited",
    spaces: spacesWith({ slots: 2 }),
    callMenu: [{ call: "alloc_pages", args: [0, 0] }, runGuest, cpuDown, cpuUp],
    allocates: true,
  },
  {
    name: "entering",
    purpose: "a CPU runs a guest again while another unmaps, and stores wait in buffers",
    scope: "cpus=2,pages=1,mms=1,calls=1+3,setup=drained",
    spaces: spacesWith({ stores: 2 }),
    callMenu: [runGuest, leave],
    allocates: true,
  },
  {
    name: "user-slots",
    purpose: "one CPU, two mms with user mappings and one slot: what one mm mapped, the other must not reach",
    scope: "cpus=1,pages=1,mms=2,calls=5",
    spaces: spacesWith({ user: true }),
    callMenu: [runGuest, switchTo(MM1), mmapFault],
    allocates: true,
  },
  {
    name: "borrowed-mm",
    purpose: "a kernel thread has borrowed an mm whose user page is unmapped, freed and given to another mm",
    scope: "cpus=2,pages=1,mms=2,calls=2+0,setup=visited",
    spaces: spacesWith({ user: true }),
    callMenu: [allocSecret, mmapFault, switchTo(MM0), { call: "kthread_use_mm", args: [MM1] }, runGuest],
    allocates: false,
  },
  {
    name: "coming-back",
    purpose: "a CPU comes back to an mm while the mm's user page is unmapped, freed and given to another mm",
    scope: "cpus=2,pages=1,mms=2,calls=2+2,setup=visited",
    spaces: spacesWith({ user: true, slots: 2 }),
    callMenu: [allocSecret, mmapFault, switchTo(MM1), runGuest, switchTo(MM0)],
    allocates: false,
  },
  {
    name: "coming-back-buffered",
    purpose: "the same where stores wait in buffers",
    scope: "cpus=2,pages=1,mms=2,calls=2+2,setup=visited",
    spaces: spacesWith({ user: true, slots: 2, stores: 1 }),
    callMenu: [allocSecret, mmapFault, switchTo(MM1), runGuest, switchTo(MM0)],
    allocates: false,
  },
  {
    name: "leaving-lazy",
    purpose: "a lazy CPU takes its mm up again after the mm's user page was unmapped, freed and given to another mm",
    scope: "cpus=2,pages=1,mms=2,calls=2+2,setup=visited",
    spaces: spacesWith({ user: true }),
    callMenu: [allocSecret, mmapFault, switchTo(MM1), runGuest, switchTo(MM2)],
    allocates: false,
  },
];
