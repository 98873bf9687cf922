import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import type { Machine } from "../../model/machine.ts";
import { MOMENT } from "../../model/moments.ts";
import { asiColumns } from "../../model/space-columns.ts";
import { atMoments } from "../pages.ts";

export const mappedForUse: Claim = {
  id: "S16b",
  kind: "safety",
  statement: "Inside a critical section a nonsensitive request never receives a page that is not mapped there.",
  because: "The first touch of it faults, and a critical section may not leave the restricted address space.",
  moment: "hand-out",
  // A scenario's tasks allocate outside critical sections; interrupts come in between.
  applies: ({ world }: Machine) => world.spaces !== undefined && world.irq && world.protectedMap === "restricted",
  check: unmapped,
  recheck: unmapped,
  reach: {
    statement: "A nonsensitive request is served inside a critical section.",
    occurs: (view) =>
      inCriticalSection(view) &&
      atMoments(MOMENT.handOut, (_view, pfn, secret) => (secret === 0 ? { pfn, text: "" } : undefined))(view) !==
        undefined,
  },
};

/** Outside critical sections the price of an unmapped page is an exit, which cost runs count. */
function unmapped(view: ClaimView): Witness | undefined {
  return atMoments(MOMENT.handOut, receivedUnmapped)(view) ?? atMoments(MOMENT.unmappedForUse, told)(view);
}

function receivedUnmapped(view: ClaimView, head: number, secret: number): Witness | undefined {
  const { k } = view.machine;
  if (secret === 1 || !inCriticalSection(view)) return undefined;
  const order = Math.max(k.ledger.order(head), 0);
  for (let pfn = head; pfn < head + (1 << order); pfn++) if (!k.hw.isPresent(pfn)) return faulting(pfn);
  return undefined;
}

/** The CPU whose step it was has a target. */
function inCriticalSection({ machine: { k } }: ClaimView): boolean {
  return k.of(asiColumns).target.get(k.cpu) !== 0;
}

function told(_view: ClaimView, pfn: number, critical: number): Witness | undefined {
  return critical === 1 ? faulting(pfn) : undefined;
}

function faulting(pfn: number): Witness {
  return {
    pfn,
    conjunct: "what a nonsensitive request receives inside a critical section is mapped there",
    operands: { pfn, request: "nonsensitive", leaf: "absent" },
    text: `a nonsensitive request inside a critical section receives pfn ${pfn}, which is not mapped`,
  };
}
