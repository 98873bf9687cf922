import type { ClaimView, Witness } from "../model/claim.ts";
import { PLACE_ALLOCATED, PLACE_IN_HAND } from "../model/lists.ts";
import type { MomentKind } from "../model/moments.ts";

/** What can be wrong with one page; `undefined` when nothing is. */
export type PageFault = (view: ClaimView, pfn: number) => Witness | undefined;

/** A claim about every page, in its full form: looks at all of them. */
export function overAllPages(fault: PageFault): (view: ClaimView) => Witness | undefined {
  return (view) => {
    for (let pfn = 0; pfn < view.machine.world.pages; pfn++) {
      const witness = fault(view, pfn);
      if (witness !== undefined) return witness;
    }
    return undefined;
  };
}

/** The incremental form: looks only at the pages that the step may have changed. */
export function overDirtyPages(fault: PageFault): (view: ClaimView) => Witness | undefined {
  return (view) => {
    const { dirty } = view.machine.k;
    for (let i = 0; i < dirty.count; i++) {
      const witness = fault(view, dirty.pfns[i] as number);
      if (witness !== undefined) return witness;
    }
    return undefined;
  };
}

/** The incremental form of a claim that holds at moments: looks at the pages changed since the last such moment. */
export function overCarriedPages(fault: PageFault): (view: ClaimView) => Witness | undefined {
  return (view) => {
    const { carried } = view;
    for (let i = 0; i < carried.count; i++) {
      const witness = fault(view, carried.pfns[i] as number);
      if (witness !== undefined) return witness;
    }
    return undefined;
  };
}

/** A claim about moments: looks at those of one kind that the step logged. */
export function atMoments(
  kind: MomentKind,
  fault: (view: ClaimView, pfn: number, aux: number) => Witness | undefined,
): (view: ClaimView) => Witness | undefined {
  return (view) => {
    const { moments } = view.machine.k;
    if (!moments.has(kind)) return undefined;
    for (let i = 0; i < moments.count; i++) {
      if (moments.kinds[i] !== kind) continue;
      const witness = fault(view, moments.pfns[i] as number, moments.aux[i] as number);
      if (witness !== undefined) return witness;
    }
    return undefined;
  };
}

export function hasMoment(view: ClaimView, kind: MomentKind): boolean {
  return view.machine.k.moments.has(kind);
}

/** The place of the block that contains the page: in hand, allocated, or a list kind. Cost: O(orders). */
export function placeOfFrame(view: ClaimView, pfn: number): number {
  const { k } = view.machine;
  const head = k.lists.headOf(pfn);
  return head < 0 ? PLACE_IN_HAND : k.lists.placeOf(head);
}

/** The frame rests on a buddy or pcp list, or on that of an isolated pageblock: free, and allocatable without further ado. */
export function isAllocatable(view: ClaimView, place: number): boolean {
  return view.machine.k.lists.servesFrom(place);
}

/** The frame is at rest where the design's own records of it must be true: allocated, or queued and not being worked on. */
export function isSettled(view: ClaimView, place: number): boolean {
  return place === PLACE_ALLOCATED || view.machine.k.lists.waitsIn(place);
}

/** Some page that the step touched satisfies a condition: enough to notice something when it first happens. */
export function someDirtyPage(view: ClaimView, holds: (pfn: number) => boolean): boolean {
  const { dirty } = view.machine.k;
  for (let i = 0; i < dirty.count; i++) if (holds(dirty.pfns[i] as number)) return true;
  return false;
}

/** A CPU and context that may still use a translation to the page, or undefined when it is discharged. */
export function holderOf(view: ClaimView, pfn: number): { cpu: number; context: number } | undefined {
  const { k, world } = view.machine;
  for (let cpu = 0; cpu < world.cpus; cpu++) {
    for (let context = 0; context < world.contexts; context++) {
      if (k.hw.translations.mayUse(cpu, context, pfn)) return { cpu, context };
    }
  }
  return undefined;
}
