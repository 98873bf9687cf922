import type { CallEntry } from "../../model/machine.ts";
import { type NamedWorld, spacesWith } from "./named-world.ts";

/** Blocks of a pageblock's size, nonsensitive and sensitive: calls name requests by index, then the order. */
const MAPPED_BLOCK: CallEntry = { call: "alloc_pages", args: [0, 2] };
const SECRET_BLOCK: CallEntry = { call: "alloc_pages", args: [1, 2] };
const ENTER: CallEntry = { call: "syscall_user", args: [1] };
const RUN_GUEST: CallEntry = { call: "run_guest", args: [1] };
/** To the second mm. */
const SWITCH: CallEntry = { call: "context_switch", args: [2] };
const LEAVE: CallEntry = { call: "asi_exit", args: [] };

/** What can go wrong between taking a block of one sensitivity and listing its rest as the other's. */
export const FLIPS: readonly NamedWorld[] = [
  {
    name: "flip-up",
    purpose: "one CPU wants nonsensitive memory where all there is has held secrets",
    scope: "cpus=1,pages=8,calls=2,setup=secrets-freed",
    callMenu: [],
    allocates: true,
  },
  {
    name: "flip-spaces",
    purpose: "two CPUs in and out of a restricted address space, one of which flips what the other may have cached",
    scope: "cpus=2,pages=8,mms=2,calls=1+2,setup=flipped",
    spaces: spacesWith({}),
    callMenu: [ENTER, LEAVE],
    allocates: true,
  },
  {
    name: "flip-leaves",
    purpose: "the same where leaves have sizes and tables are frames",
    scope: "cpus=2,pages=8,mms=2,calls=1+2,setup=flipped",
    spaces: spacesWith({ tables: true }),
    callMenu: [ENTER, LEAVE],
    allocates: true,
  },
  {
    name: "flip-blocks",
    purpose: "one CPU takes and gives back whole pageblocks of both sensitivities, side by side",
    scope: "cpus=1,pages=8,mms=1,calls=3",
    spaces: spacesWith({}),
    callMenu: [MAPPED_BLOCK, SECRET_BLOCK],
    allocates: false,
  },
  {
    name: "flip-atomic",
    purpose: "an interrupt asks for nonsensitive memory inside a critical section, and there is none",
    scope: "cpus=1,pages=8,mms=1,calls=2,irq=1",
    spaces: spacesWith({}),
    callMenu: [RUN_GUEST],
    allocates: true,
  },
  {
    name: "flip-tables",
    purpose: "one CPU flips where tables are frames, and a leaf may fail to be set for want of one",
    scope: "cpus=1,pages=8,mms=1,calls=2",
    spaces: spacesWith({ tables: true }),
    callMenu: [ENTER],
    allocates: true,
  },
  {
    name: "4k-leaf-slots",
    purpose:
      "a block is flipped page by page, in the loaded PCID; two slots, of which the other is left to invalidate_other",
    scope: "cpus=1,pages=8,mms=2,calls=4,setup=flipped,geometry=4k-leaf",
    spaces: spacesWith({ slots: 2 }),
    callMenu: [ENTER, LEAVE, SWITCH],
    allocates: true,
  },
  {
    name: "4k-leaf-remote",
    purpose: "the same against another CPU, which enters and leaves meanwhile",
    scope: "cpus=2,pages=8,mms=2,calls=1+1,setup=flipped,geometry=4k-leaf",
    spaces: spacesWith({}),
    callMenu: [ENTER, LEAVE],
    allocates: true,
  },
];
