import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { SMALL } from "../../model/geometry.ts";
import { Hardware } from "../../model/hardware.ts";
import { hardwareColumns } from "../../model/hardware-columns.ts";
import { layOut } from "../../model/layout.ts";
import { DirtyPages, MOMENT, Moments } from "../../model/moments.ts";
import { asiColumns, heldColumns, spaceColumns } from "../../model/space-columns.ts";
import type { SpaceTranslations } from "../../model/space-translations.ts";
import { type AddressSpaces, rootsOf, tagsOf } from "../../model/spaces.ts";
import { State } from "../../model/state.ts";
import { translationColumns } from "../../model/translations.ts";
import type { TranslationModel, World } from "../../model/world.ts";

const SPACES: AddressSpaces = {
  slots: 2,
  classes: 1,
  vmaps: 1,
  user: true,
  tables: false,
  globals: false,
  interrupts: 0,
  nmis: 0,
  stores: 0,
  profile: "intel",
};
const CPUS = 2;
const PAGES = 2;
const MMS = 2;

/** The hardware of two CPUs, two slots and two mms, with no software on it. */
function bench(translations: TranslationModel, spaces: Partial<AddressSpaces> = {}) {
  const world: World = {
    geometry: SMALL,
    cpus: CPUS,
    pages: PAGES,
    blocks: 1,
    contexts: 2,
    mms: MMS,
    migratetypes: 1,
    freetypes: 1,
    zones: [],
    nodes: 1,
    locks: 1,
    lists: { kinds: [], base: [], total: 0 },
    stacks: { levels: [], framesPerCpu: 0, localsPerFrame: 0, stepCount: 0 },
    requests: [],
    translations,
    spaces: { ...SPACES, ...spaces },
    protectedMap: "restricted",
    labels: false,
    modes: false,
    irq: false,
    preempt: false,
  };
  const groups = [hardwareColumns, translationColumns, spaceColumns, heldColumns, asiColumns];
  const moments = new Moments();
  const hw = new Hardware(new State(layOut(world, groups)), world, new DirtyPages(PAGES), moments);
  if (hw.spaces === undefined) throw new Error("the bench has address spaces");
  for (let cpu = 0; cpu < CPUS; cpu++) hw.spaces.writeCr3(cpu, 0, 0, false);
  return { hw, spaces: hw.spaces, held: hw.spaces.held, moments, translations: hw.translations as SpaceTranslations };
}

type Bench = ReturnType<typeof bench>;

/** What software or hardware does next: a kind, a CPU, and a number to choose everything else by. */
const operations = fc.array(
  fc.tuple(
    fc.constantFrom("set", "clear", "load", "keep", "page", "pcid", "address", "all", "area", "user", "fill"),
    fc.nat(CPUS - 1),
    fc.nat(1_000_000),
  ),
  { maxLength: 40 },
);

function apply(b: Bench, [kind, cpu, n]: readonly [string, number, number]): void {
  const { hw, spaces, held } = b;
  const pfn = n % PAGES;
  const step: Readonly<Record<string, () => void>> = {
    set: () => hw.setPresent(pfn),
    clear: () => hw.clearPresent(pfn),
    load: () => spaces.writeCr3(cpu, n % rootsOf(SPACES, MMS), (n >> 4) % tagsOf(SPACES), false),
    keep: () => spaces.writeCr3(cpu, n % rootsOf(SPACES, MMS), (n >> 4) % tagsOf(SPACES), true),
    page: () => spaces.invlpg(cpu, pfn),
    pcid: () => spaces.invpcid(cpu, (n >> 2) % 4, (n >> 4) % tagsOf(SPACES), pfn),
    address: () => spaces.invlpgUser(cpu, pfn),
    all: () => hw.invalidateAll(cpu),
    area: () => (n % 2 === 0 ? spaces.mapArea(0, pfn, n % 4 === 0) : spaces.unmapArea(0)),
    user: () => (n % 2 === 0 ? spaces.setUser((n >> 2) % MMS, pfn) : spaces.clearUser((n >> 2) % MMS, pfn)),
    fill: () => {
      const row = n % held.rows.total;
      if (held.canFill(cpu, row) > 0) held.advance(cpu, row);
    },
  };
  step[kind]?.();
}

/** CPUs cache at once all that they can. */
function fillAll({ held }: Bench): void {
  for (let cpu = 0; cpu < CPUS; cpu++) {
    for (let row = 0; row < held.rows.total; row++) while (held.canFill(cpu, row) > 0) held.advance(cpu, row);
  }
}

describe("what CPUs may hold under several PCIDs", () => {
  test("whatever explicit walks and fills can make usable, may-hold says may be used", () => {
    fc.assert(
      fc.property(operations, (list) => {
        const all = bench("may-hold");
        const some = bench("explicit");
        for (const operation of list) {
          apply(all, operation);
          apply(some, operation);
          for (let cpu = 0; cpu < CPUS; cpu++) {
            for (let tag = 0; tag < all.held.tags; tag++) {
              for (let row = 0; row < all.held.rows.total; row++) {
                if (some.held.holds(cpu, tag, row)) expect(all.held.holds(cpu, tag, row)).toBe(true);
              }
            }
          }
        }
      }),
      { numRuns: 300, seed: 4 },
    );
  });

  test("whatever may-hold says may be used now, some explicit history makes usable", () => {
    fc.assert(
      fc.property(operations, (list) => {
        const all = bench("may-hold");
        const eager = bench("explicit");
        fillAll(eager);
        for (const operation of list.filter(([kind]) => kind !== "fill")) {
          apply(all, operation);
          apply(eager, operation);
          fillAll(eager);
          for (let cpu = 0; cpu < CPUS; cpu++) {
            for (let row = 0; row < all.held.rows.total; row++) {
              expect(eager.held.usable(cpu, row)).toBe(all.held.usable(cpu, row));
            }
          }
        }
      }),
      { numRuns: 300, seed: 4 },
    );
  });

  test("a walk that began before an invalidation deposits nothing after it (H4)", () => {
    const { hw, spaces, held } = bench("explicit");
    spaces.writeCr3(0, 1, 1, false);
    hw.setPresent(0);
    held.advance(0, 0);
    hw.clearPresent(0);
    expect(held.canFill(0, 0)).toBe(2);
    spaces.invlpg(0, 0);
    expect(held.canFill(0, 0)).toBe(0);
  });
});

describe("CR3 and the ways to invalidate", () => {
  /** Fills every PCID of CPU 0 with page 0, then clears its leaf; answers the PCIDs that still hold it after `flush`. */
  function left(flush: (b: Bench) => void): number[] {
    const b = bench("may-hold");
    b.hw.setPresent(0);
    for (let tag = 0; tag < b.held.tags; tag++) b.spaces.writeCr3(0, 1, tag, false);
    b.hw.clearPresent(0);
    flush(b);
    return Array.from({ length: b.held.tags }, (_, tag) => tag).filter((tag) => b.held.holds(0, tag, 0));
  }

  test.each<[string, (b: Bench) => void, readonly number[]]>([
    ["INVLPG reaches the loaded PCID alone", (b) => b.spaces.invlpg(0, 0), [0, 1, 2]],
    ["a CR3 write flushes the PCID it loads alone", (b) => b.spaces.writeCr3(0, 1, 1, false), [0, 2, 3]],
    ["a CR3 write with NOFLUSH flushes nothing", (b) => b.spaces.writeCr3(0, 1, 1, true), [0, 1, 2, 3]],
    ["INVPCID type 0 drops one address of one PCID", (b) => b.spaces.invpcid(0, 0, 2, 0), [0, 1, 3]],
    ["INVPCID type 1 drops one PCID", (b) => b.spaces.invpcid(0, 1, 0, 1), [1, 2, 3]],
    ["INVPCID type 2 drops all", (b) => b.spaces.invpcid(0, 2, 0, 0), []],
    ["INVPCID type 3 drops all but globals", (b) => b.spaces.invpcid(0, 3, 0, 0), []],
    ["a toggle of CR4.PGE drops all", (b) => b.spaces.togglePge(0), []],
    ["INVLPGB without TLBSYNC promises nothing", (b) => b.spaces.invlpgb(1, 0, 1), [0, 1, 2, 3]],
    [
      "TLBSYNC on another CPU waits for nothing",
      (b) => {
        b.spaces.invlpgb(1, 0, 1);
        b.spaces.tlbsync(0);
      },
      [0, 1, 2, 3],
    ],
    [
      "INVLPGB and TLBSYNC on one CPU reach every PCID of every CPU",
      (b) => {
        b.spaces.invlpgb(1, 0, 1);
        b.spaces.tlbsync(1);
      },
      [],
    ],
  ])("%s", (_, flush, expected) => {
    expect(left(flush)).toEqual(expected);
  });

  test("a global entry filled unrestricted is usable in a restricted PCID, and INVLPG drops it (H5, S4)", () => {
    const { hw, spaces, held } = bench("may-hold", { globals: true });
    spaces.writeCr3(0, 0, 0, false);
    spaces.writeCr3(0, 1, 1, false);
    expect(hw.isPresent(0)).toBe(false);
    expect(held.usable(0, 0)).toBe(true);
    spaces.invlpg(0, 0);
    expect(held.usable(0, 0)).toBe(false);
  });

  test("a slot that is given to another mm without a flush is noticed (S18)", () => {
    const { spaces, moments } = bench("may-hold");
    spaces.writeCr3(0, spaces.rootOf(0, 1), spaces.pcidOf(1, 1), false);
    spaces.setUser(0, 0);
    spaces.writeCr3(0, spaces.rootOf(1, 1), spaces.pcidOf(1, 1), true);
    expect(moments.has(MOMENT.slotKept)).toBe(true);
  });

  test("a CR3 write that keeps what was owed an invalidation is noticed (S19)", () => {
    const { hw, spaces, moments, translations } = bench("may-hold");
    translations.owes = () => true;
    hw.setPresent(0);
    spaces.writeCr3(0, 1, 1, false);
    spaces.writeCr3(0, 0, 0, false);
    hw.clearPresent(0);
    expect(translations.discharged(0)).toBe(true);
    spaces.writeCr3(0, 1, 1, true);
    expect(moments.has(MOMENT.debtUnpaid)).toBe(true);
    expect(translations.discharged(0)).toBe(false);
  });
});
