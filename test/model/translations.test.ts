import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { SMALL } from "../../model/geometry.ts";
import { Hardware } from "../../model/hardware.ts";
import { hardwareColumns, TAG_SECRET } from "../../model/hardware-columns.ts";
import { layOut } from "../../model/layout.ts";
import { DirtyPages, Moments } from "../../model/moments.ts";
import { State } from "../../model/state.ts";
import { translationColumns } from "../../model/translations.ts";
import type { TranslationModel, World } from "../../model/world.ts";

const CPUS = 2;
const PAGES = 3;

interface Operation {
  readonly kind: "set" | "clear" | "page" | "all" | "mode" | "fill" | "evict";
  readonly cpu: number;
  readonly pfn: number;
}

const operations = fc.array(
  fc.record<Operation>({
    kind: fc.constantFrom("set", "set", "clear", "page", "all", "mode", "fill", "fill", "fill", "evict"),
    cpu: fc.nat(CPUS - 1),
    pfn: fc.nat(PAGES - 1),
  }),
  { maxLength: 60 },
);

function hardware(translations: TranslationModel): { hw: Hardware; dirty: DirtyPages } {
  const world: World = {
    geometry: SMALL,
    cpus: CPUS,
    pages: PAGES,
    blocks: 1,
    contexts: 1,
    mms: 2,
    migratetypes: 1,
    freetypes: 1,
    zones: [],
    nodes: 1,
    locks: 1,
    lists: { kinds: [], base: [], total: 0 },
    stacks: { levels: [], framesPerCpu: 0, localsPerFrame: 0, stepCount: 0 },
    requests: [],
    translations,
    modes: true,
    irq: false,
    protectedMap: "restricted",
    labels: false,
    preempt: false,
  };
  const dirty = new DirtyPages(PAGES);
  return {
    hw: new Hardware(new State(layOut(world, [hardwareColumns, translationColumns])), world, dirty, new Moments()),
    dirty,
  };
}

function apply(hw: Hardware, { kind, cpu, pfn }: Operation): void {
  if (kind === "set") hw.setPresent(pfn);
  else if (kind === "clear") hw.clearPresent(pfn);
  else if (kind === "page") hw.invalidatePage(cpu, pfn);
  else if (kind === "all") hw.invalidateAll(cpu);
  else if (kind === "mode") hw.isProtected(cpu) ? hw.exitProtected(cpu) : hw.enterProtected(cpu);
  else if (kind === "fill" && hw.translations.canFill(cpu, pfn)) hw.translations.fill(cpu, pfn);
  else if (kind === "evict" && hw.translations.canEvict(cpu, pfn)) hw.translations.evict(cpu, pfn);
}

function cells(): { cpu: number; pfn: number }[] {
  return Array.from({ length: CPUS * PAGES }, (_, cell) => ({ cpu: cell % CPUS, pfn: Math.floor(cell / CPUS) }));
}

describe("translations", () => {
  test("epochs and may-hold give the same entry, use and discharge after every operation", () => {
    fc.assert(
      fc.property(operations, (list) => {
        const [{ hw: byEntry }, { hw: byEpoch }] = [hardware("may-hold"), hardware("epochs")];
        for (const operation of list) {
          apply(byEntry, operation);
          apply(byEpoch, operation);
          for (const { cpu, pfn } of cells()) {
            expect(byEpoch.translations.entry(cpu, 0, pfn)).toBe(byEntry.translations.entry(cpu, 0, pfn));
            expect(byEpoch.attackerRead(cpu, pfn)).toBe(byEntry.attackerRead(cpu, pfn));
            expect(byEpoch.discharged(pfn)).toBe(byEntry.discharged(pfn));
          }
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test("whatever explicit hardware can use, may-hold says it may", () => {
    let held = 0;
    fc.assert(
      fc.property(operations, (list) => {
        const [{ hw: all }, { hw: explicit }] = [hardware("may-hold"), hardware("explicit")];
        for (const operation of list) {
          apply(all, operation);
          apply(explicit, operation);
          for (const { cpu, pfn } of cells()) {
            if (!explicit.translations.usable(cpu, 0, pfn)) continue;
            held++;
            expect(all.translations.usable(cpu, 0, pfn)).toBe(true);
          }
        }
      }),
      { seed: 1, numRuns: 500 },
    );
    expect(held).toBeGreaterThan(200);
  });

  test("epochs mark the mapped secrets that a CPU can read by entering the protected context, and nothing else", () => {
    const { hw, dirty } = hardware("epochs");
    hw.exitProtected(0);
    for (const pfn of [0, 1]) hw.setPresent(pfn);
    for (const pfn of [1, 2]) hw.ownerWrites(pfn, TAG_SECRET);
    dirty.clear();
    hw.enterProtected(0);
    expect(Array.from(dirty.pfns.subarray(0, dirty.count))).toEqual([1]);
  });

  test("a page whose discharge changed is dirty, but for the bulk operations of epochs", () => {
    fc.assert(
      fc.property(fc.constantFrom<TranslationModel>("may-hold", "explicit"), operations, (model, list) => {
        const { hw, dirty } = hardware(model);
        for (const operation of list) {
          const before = cells().map(({ cpu, pfn }) => hw.translations.usable(cpu, 0, pfn));
          dirty.clear();
          apply(hw, operation);
          const marked = new Set(dirty.pfns.subarray(0, dirty.count));
          cells().forEach(({ cpu, pfn }, cell) => {
            if (hw.translations.usable(cpu, 0, pfn) !== before[cell]) expect(marked).toContain(pfn);
          });
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
