import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { ASKED_SENSITIVE } from "../../model/ledger.ts";
import type { SpaceTranslations } from "../../model/space-translations.ts";
import { overAllPages, overDirtyPages, someDirtyPage } from "../pages.ts";

export const aliasesDischarged: Claim = {
  id: "S29",
  kind: "safety",
  statement:
    "A frame allocated as sensitive is never shown by a kernel area (vmalloc, vmap, the kernel image) that restricted address spaces see, nor by a stale entry for one that a CPU could use.",
  because:
    "vfree() leaves the entry for an area in place until the lazy purge, and no flush of the physmap's address reaches it: the secret is read through the other address.",
  moment: "every state",
  applies: ({ world }) => (world.spaces?.vmaps ?? 0) > 0 && world.protectedMap === "restricted",
  check: overAllPages(aliased),
  recheck: overDirtyPages(aliased),
  reach: {
    statement: "A frame is no longer shown by a kernel area, and some CPU may still hold an entry for it there.",
    occurs: (view) => someDirtyPage(view, (pfn) => staleHolder(view, pfn) !== undefined),
  },
};

function aliased(view: ClaimView, pfn: number): Witness | undefined {
  const { k, world } = view.machine;
  if (k.ledger.asked(pfn) !== ASKED_SENSITIVE) return undefined;
  for (let area = 0; area < (world.spaces?.vmaps ?? 0); area++) {
    if (k.spaces.area(area) === pfn && k.spaces.isAreaRestricted(area))
      return {
        pfn,
        conjunct: "no kernel area that restricted address spaces see shows a sensitive frame",
        operands: { pfn, asked: "sensitive", area },
        text: `pfn ${pfn} is allocated as sensitive, and area ${area} shows it in restricted address spaces`,
      };
  }
  const holder = staleHolder(view, pfn);
  if (holder === undefined) return undefined;
  const { cpu, area } = holder;
  return {
    pfn,
    cpu,
    conjunct: "no CPU may still use an entry that shows a sensitive frame in a kernel area",
    operands: { pfn, asked: "sensitive", cpu, area },
    text: `pfn ${pfn} is allocated as sensitive while cpu${cpu} may still hold an entry that shows it in area ${area}`,
  };
}

/** A CPU that may use an entry, under a protected PCID, for an area that does not show the frame there any more. */
function staleHolder({ machine: { k, world } }: ClaimView, pfn: number): { cpu: number; area: number } | undefined {
  const translations = k.hw.translations as SpaceTranslations;
  for (let area = 0; area < (world.spaces?.vmaps ?? 0); area++) {
    if (k.spaces.area(area) === pfn && k.spaces.isAreaRestricted(area)) continue;
    const row = k.spaces.held.vmapRow(area, pfn);
    for (let cpu = 0; cpu < world.cpus; cpu++) {
      for (let context = 0; context < world.contexts; context++) {
        const tag = translations.tagOf(context);
        if (!translations.isFenced(cpu, tag) && k.spaces.held.holds(cpu, tag, row)) return { cpu, area };
      }
    }
  }
  return undefined;
}
