import { PAGE_STATES } from "../../machines/refinement.ts";
import { assert } from "../../model/failure.ts";
import { TAG_SECRET } from "../../model/hardware-columns.ts";
import type { Kernel } from "../../model/kernel.ts";
import { ASKED_NOTHING, ASKED_SENSITIVE } from "../../model/ledger.ts";

/**
 * The abstraction function from an implementation's page to the specification's charts. The only place where the two meet.
 *
 * Reads hardware, ghosts and the ledger, never a design's labels.
 *
 * - **Shapes, units**: answers `page * 3 + content`, indices of `PAGE_STATES` and `CONTENT_STATES`.
 */
export function abstractPage(k: Kernel, pfn: number): number {
  return pageState(k, pfn) * 3 + Math.min(k.hw.tag(pfn), TAG_SECRET);
}

function pageState(k: Kernel, pfn: number): number {
  const asked = k.ledger.asked(pfn);
  if (asked === ASKED_SENSITIVE) return SENSITIVE;
  const present = k.hw.isPresent(pfn);
  if (asked !== ASKED_NOTHING) return present ? NONSENSITIVE : NONSENSITIVE_UNMAPPED;
  if (present) return FREE_MAPPED;
  return k.hw.discharged(pfn) ? FREE_UNMAPPED : PENDING;
}

const FREE_UNMAPPED = indexOf("free-unmapped");
const FREE_MAPPED = indexOf("free-mapped");
const SENSITIVE = indexOf("allocated-sensitive");
const NONSENSITIVE = indexOf("allocated-nonsensitive");
const NONSENSITIVE_UNMAPPED = indexOf("allocated-nonsensitive-unmapped");
const PENDING = indexOf("pending-flush");

function indexOf(state: string): number {
  const index = PAGE_STATES.indexOf(state);
  assert(index >= 0, `the page chart has a state ${state}`);
  return index;
}
