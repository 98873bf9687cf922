import type { Claim } from "../model/claim.ts";
import { shootdownEnds } from "./liveness/l1-shootdown-ends.ts";
import { boundedRecursion } from "./liveness/l6-bounded-recursion.ts";
import { sectionsAreBounded } from "./liveness/l8-critical-section.ts";
import { noDeadlock, queueDrains } from "./liveness/progress.ts";
import { refinesPageblock, refinesPhysmap } from "./refinement/refine-block.ts";
import { refinesCpu } from "./refinement/refine-cpu.ts";
import { refinesPage } from "./refinement/refine-page.ts";
import { refinesShootdown } from "./refinement/refine-shootdown.ts";
import { isolation } from "./safety/s1-isolation.ts";
import { sensitiveAbsent } from "./safety/s2-absent.ts";
import { sensitiveDischarged } from "./safety/s3-discharged.ts";
import { noGlobalEntries } from "./safety/s4-no-globals.ts";
import { handOutOrder } from "./safety/s5-handout-order.ts";
import { labelTruth } from "./safety/s6-label-truth.ts";
import { uniformBlock } from "./safety/s7-uniform-block.ts";
import { freeIsUnmapped } from "./safety/s8-free-unmapped.ts";
import { oneLabel } from "./safety/s9-one-label.ts";
import { listTruth } from "./safety/s10-list-truth.ts";
import { pcpTruth } from "./safety/s11-pcp-truth.ts";
import { exclusiveFlip } from "./safety/s12-exclusive-flip.ts";
import { mappedIsZeroed } from "./safety/s13-zeroed.ts";
import { restrictedIsSubset } from "./safety/s14-subset.ts";
import { mirrorNeverMaps } from "./safety/s15-mirror.ts";
import { secretHandOut } from "./safety/s16a-handout.ts";
import { mappedForUse } from "./safety/s16b-mapped-for-use.ts";
import { conservation } from "./safety/s17-conservation.ts";
import { slotsAreFlushed } from "./safety/s18-pcid-slot.ts";
import { debtsArePaid } from "./safety/s19-noflush.ts";
import { recordsAreTrue } from "./safety/s20-generations.ts";
import { currAsiCovers } from "./safety/s21-curr-asi.ts";
import { leavesRestricted } from "./safety/s22-entry.ts";
import { contextRules } from "./safety/s23-context.ts";
import { tablesOutliveWalks } from "./safety/s24-table-lifetime.ts";
import { oneLeafSize } from "./safety/s25-leaf-size.ts";
import { errorAtomicity } from "./safety/s26-error-atomicity.ts";
import { wholeLeavesOnly } from "./safety/s27-whole-leaves.ts";
import { faultsEnd } from "./safety/s28-fault-loop.ts";
import { aliasesDischarged } from "./safety/s29-aliases.ts";
import { labelWriters } from "./safety/s30-label-writers.ts";
import { nonPresentIsHarmless } from "./safety/s31-encoding.ts";

/**
 * Everything we claim of a design, in the order of reports. S1 is the theorem; the others say where it went wrong.
 *
 *     S1    A CPU in a protected mode never has a usable translation to another principal's secret.
 *     S2    A frame allocated as sensitive is never present in the protected map.
 *     S3    A frame allocated as sensitive is always discharged.
 *     S4    While ASI is on, no CPU ever holds a global entry for a page of the kernel.
 *     S5    A secret is never handed a frame whose latest clear no completed flush has covered.
 *     S6    A label never says sensitive of a frame that is present or not discharged, nor nonsensitive too soon.
 *     S7    All frames of a pageblock that nobody flips are always present, or none is.
 *     S8    A frame on a buddy or pcp list is always absent and discharged; the design's page flag tells the truth.
 *     S9    A free block never lies in pageblocks of both labels.
 *     S10   A free block is always on a buddy list of its pageblock's label.
 *     S11   A page on a per-CPU list is always of that list's label; no block in use is ever flipped.
 *     S12   A pageblock is never flipped by two CPUs at once, nor on a list meanwhile.
 *     S13   A present bit is never stored over a frame that still holds a secret.
 *     S14   The restricted map never shows more than the direct map, once nobody is changing that.
 *     S15   A change of the direct map never maps a page in the restricted map.
 *     S16a  What a request tagged secret receives is always discharged.
 *     S16b  Inside a critical section a nonsensitive request never receives an unmapped page.
 *     S17   Every frame is always in exactly one place, and the free count is always true.
 *     S18   A PCID is never loaded for one mm while it still holds entries of another.
 *     S19   A restricted PCID that is owed a flush is never loaded without one while it holds an unmapped entry.
 *     S20   A frame whose latest clear a completed flush has covered is always discharged.
 *     S21   While CR3 holds a restricted root, curr_asi always names a class.
 *     S22   A CPU never goes on to user space or a guest outside the restricted address space of its task's target.
 *     S23   A shootdown is always started and awaited where it may be; a shared list is changed under its lock.
 *     S24   A frame that was a page table is never free or given away while some CPU may still walk it.
 *     S25   A leaf is never stored while entries of another size for the same addresses may be used.
 *     S26   A flip that fails always leaves its block mapped as the label says, or takes it out of circulation.
 *     S27   What is unmapped is always a union of whole leaves.
 *     S28   A page-fault handler never lets an access run again that the loaded tables still refuse.
 *     S29   A sensitive frame is never shown, nor reachable by a stale entry, through a kernel area.
 *     S30   A label is never changed by a step outside the design's closed list of writers.
 *     S31   A non-present entry never names the frame of a secret (an assumption).
 *     L1    A shootdown always ends: no CPU is ever left waiting for an acknowledgement.
 *     L4    A wake-up is never lost: every queued page becomes allocatable.
 *     L6    An allocation never begins inside more than one other, or two where a leaf is split.
 *     L8    A task never sleeps inside a critical section, and interrupts in one never nest without bound.
 *     DEADLOCK     A call that has begun is never stuck.
 *     REFINE-page  Every step always moves each page along edges of the page chart; REFINE-cpu, REFINE-pageblock,
 *                  REFINE-physmap and REFINE-shootdown say the same of their charts.
 *
 * *Discharged* means: no CPU holds an entry for the frame that it could use before it must invalidate it.
 * Each claim's file has its witness, the moments at which it must hold, and the reachability claim REACH-<id> that tells
 * whether the dangerous situation occurred at all. Each is violated by at least one canary of impl/designs/canaries/.
 * Ids are for ever.
 */
export const CLAIMS: readonly Claim[] = [
  isolation,
  sensitiveAbsent,
  sensitiveDischarged,
  noGlobalEntries,
  handOutOrder,
  labelTruth,
  uniformBlock,
  freeIsUnmapped,
  oneLabel,
  listTruth,
  pcpTruth,
  exclusiveFlip,
  mappedIsZeroed,
  restrictedIsSubset,
  mirrorNeverMaps,
  secretHandOut,
  mappedForUse,
  conservation,
  slotsAreFlushed,
  debtsArePaid,
  recordsAreTrue,
  currAsiCovers,
  leavesRestricted,
  contextRules,
  faultsEnd,
  tablesOutliveWalks,
  oneLeafSize,
  errorAtomicity,
  wholeLeavesOnly,
  aliasesDischarged,
  labelWriters,
  nonPresentIsHarmless,
  shootdownEnds,
  queueDrains,
  boundedRecursion,
  sectionsAreBounded,
  noDeadlock,
  refinesPage,
  refinesCpu,
  refinesPageblock,
  refinesPhysmap,
  refinesShootdown,
];
