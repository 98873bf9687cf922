import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type HardwareRules, rulesOf } from "../../model/paging/hardware-rules.ts";
import { leafEntry, withoutPresent } from "../../model/paging/page-entry.ts";
import { type Access, type HardwareAction, PagingMachine } from "../../model/paging/paging-machine.ts";
import { TableBuilder } from "../../model/paging/table-builder.ts";

const DATA = 24;

interface Laid {
  readonly machine: PagingMachine;
  readonly tables: TableBuilder;
  readonly root: number;
}

function lay(rules: HardwareRules = rulesOf("intel"), cpus = 1): Laid {
  const machine = new PagingMachine({
    rules,
    cpus,
    entries: 2,
    frames: 32,
    variables: 1,
    translations: 4,
    structures: 3,
    walks: 2,
    stores: 2,
    broadcasts: 4,
  });
  const tables = new TableBuilder(machine);
  const root = tables.table();
  for (const cpu of machine.cpus) cpu.loadCr3(root, 1);
  return { machine, tables, root };
}

/** Walks to the end, keeping tables or not. Answers how many loads it took. */
function walk(machine: PagingMachine, page: number, { from = 0, keep = false } = {}): number {
  machine.perform({ kind: "start-walk", cpu: 0, page, from });
  let loads = 0;
  while (machine.cpu(0).walks.size > 0 && !machine.cpu(0).walks.at(0).loaded) {
    const above = machine.cpu(0).walks.at(0).level > 1;
    machine.perform({ kind: "walk-load", cpu: 0, walk: 0, keep: keep && above });
    loads++;
  }
  if (machine.cpu(0).walks.size > 0) machine.perform({ kind: "fill", cpu: 0, walk: 0 });
  return loads;
}

function frames(accesses: readonly Access[]): (number | "fault")[] {
  return accesses.map((access) => (access.kind === "hit" ? access.frame : "fault"));
}

describe("a walk", () => {
  test("takes four loads to a 4K leaf, three to a 2M one, two to a 1G one", () => {
    for (const [level, page, loads] of [
      [1, 0, 4],
      [2, 4, 3],
      [3, 8, 2],
    ] as const) {
      const { machine, tables, root } = lay();
      tables.map(root, page, DATA, level);
      expect(walk(machine, page)).toBe(loads);
      expect(machine.cpu(0).translations.all()).toMatchObject([{ level, page, frame: DATA, pcid: 1 }]);
    }
  });

  test("ends at the first entry without P and leaves nothing behind (H1)", () => {
    const { machine, tables, root } = lay();
    machine.write(tables.entry(root, 0, 2), withoutPresent(leafEntry(DATA, 2)));
    expect(walk(machine, 0)).toBe(3);
    expect(machine.cpu(0).translations.size).toBe(0);
  });

  test("from a cached page directory entry takes one load and ignores the cleared entry above", () => {
    const { machine, tables, root } = lay();
    tables.map(root, 0, DATA);
    walk(machine, 0, { keep: true });
    machine.cpu(0).translations.drop(() => true);
    machine.write(tables.entry(root, 0, 4), { low: 0, high: 0 });
    const places = machine
      .cpu(0)
      .structures.all()
      .map(({ level }) => level);
    expect(walk(machine, 0, { from: 1 + places.indexOf(1) })).toBe(1);
    expect(machine.cpu(0).translations.all()).toMatchObject([{ page: 0, frame: DATA }]);
  });

  test("through a table that was freed while cached reads the new owner's data as an entry", () => {
    const { machine, tables, root } = lay();
    const leaf = tables.map(root, 0, DATA);
    walk(machine, 0, { keep: true });
    machine.cpu(0).translations.drop(() => true);
    machine.write(tables.entry(root, 0, 2), { low: 0, high: 0 });
    machine.write(leaf, leafEntry(DATA + 1, 1));
    expect(frames(machine.accesses(0, 0))).toEqual(["fault", DATA + 1]);
  });

  test("adds permissions up: not writable or not executable above is neither below", () => {
    const { machine, tables, root } = lay();
    tables.map(root, 0, DATA, 1, { noExecute: true });
    const upper = tables.entry(root, 0, 3);
    const word = machine.memory(upper);
    machine.write(upper, { ...word, low: word.low & ~2 });
    expect(["read", "write", "fetch"].map((kind) => frames(machine.accesses(0, 0, kind as "read")))).toEqual([
      [DATA],
      ["fault"],
      ["fault"],
    ]);
  });
});

describe("a translation", () => {
  test("cached writable lets writes through after its leaf was made read-only, until it is invalidated", () => {
    const { machine, tables, root } = lay();
    const address = tables.map(root, 0, DATA);
    walk(machine, 0);
    machine.write(address, leafEntry(DATA, 1, { writable: false }));
    expect(frames(machine.accesses(0, 0, "write"))).toEqual([DATA, "fault"]);
    machine.execute(0, { op: "invlpg", page: 0 });
    expect(frames(machine.accesses(0, 0, "write"))).toEqual(["fault"]);
  });

  test("of a large page reaches the frame at the same distance", () => {
    const { machine, tables, root } = lay();
    tables.map(root, 4, DATA, 3);
    walk(machine, 6);
    expect(frames(machine.accesses(0, 7))).toEqual([DATA + 3]);
  });

  test("tagged with another PCID is never used; a global one is, while CR4.PGE is set", () => {
    const { machine, tables, root } = lay();
    tables.map(root, 0, DATA);
    tables.map(root, 1, DATA, 1, { global: true });
    walk(machine, 0);
    walk(machine, 1);
    const empty = tables.table();
    machine.execute(0, { op: "write-cr3", root: empty, pcid: 2, noflush: true });
    expect([0, 1].map((page) => frames(machine.accesses(0, page)))).toEqual([["fault"], [DATA, "fault"]]);
  });

  test("is lost when PCIDs are turned off, and NOFLUSH means nothing without them", () => {
    const { machine, tables, root } = lay();
    tables.map(root, 0, DATA);
    walk(machine, 0);
    machine.execute(0, { op: "write-cr4", pge: true, pcide: false });
    expect(machine.cpu(0).translations.size).toBe(0);
    walk(machine, 0);
    machine.execute(0, { op: "write-cr3", root, pcid: 1, noflush: true });
    expect(machine.cpu(0).translations.size).toBe(0);
  });
});

describe("a store", () => {
  test("is seen by its own CPU at once and by others when it has drained", () => {
    const { machine } = lay(rulesOf("intel"), 2);
    const address = machine.variable(0);
    machine.execute(0, { op: "store", address, word: { low: 1, high: 0 } });
    expect([0, 1].map((cpu) => machine.load(cpu, address).low)).toEqual([1, 0]);
    machine.perform({ kind: "drain", cpu: 0, store: 0 });
    expect(machine.load(1, address).low).toBe(1);
  });

  test("non-temporal may overtake any other, except one to the same address", () => {
    const { machine } = lay();
    const drains = (): number[] =>
      machine.actions().flatMap((action) => (action.kind === "drain" ? [action.store] : []));
    machine.execute(0, { op: "store", address: 0, word: { low: 1, high: 0 } });
    machine.execute(0, { op: "store-nontemporal", address: 1, word: { low: 1, high: 0 } });
    expect(drains()).toEqual([0, 1]);
    machine.perform({ kind: "drain", cpu: 0, store: 1 });
    machine.execute(0, { op: "store-nontemporal", address: 0, word: { low: 2, high: 0 } });
    expect(drains()).toEqual([0]);
  });
});

describe("the machine", () => {
  test("refuses an instruction that has to wait, and INVLPGB where there is none", () => {
    const { machine } = lay();
    machine.execute(0, { op: "store", address: 0, word: { low: 1, high: 0 } });
    expect(() => machine.execute(0, { op: "mfence" })).toThrow("CPU 0 executes mfence only when it need not wait");
    machine.perform({ kind: "drain", cpu: 0, store: 0 });
    const flush = { op: "invlpgb", globals: true, finalOnly: false } as const;
    expect(() => machine.execute(0, flush)).toThrow("only a profile that has INVLPGB executes it");
  });

  test("a broadcast reaches each CPU by itself, and TLBSYNC waits for those of its own CPU only", () => {
    const { machine, tables, root } = lay(rulesOf("amd-tce-invlpgb"), 2);
    tables.map(root, 0, DATA);
    walk(machine, 0);
    machine.execute(1, { op: "invlpgb", pages: { first: 0, count: 2 }, pcid: 1, globals: false, finalOnly: false });
    expect([0, 1].map((cpu) => machine.blocked(cpu, { op: "tlbsync" }))).toEqual([false, true]);
    machine.perform({ kind: "perform-broadcast", pending: 0 });
    expect(machine.cpu(0).translations.size).toBe(0);
    machine.perform({ kind: "perform-broadcast", pending: 0 });
    expect(machine.blocked(1, { op: "tlbsync" })).toBe(false);
  });

  test("holds equal words for equal contents, whatever the order in which they came", () => {
    const fill = (pages: readonly number[]): Uint32Array => {
      const { machine, tables, root } = lay();
      for (const page of [0, 1, 4]) tables.map(root, page, DATA + page);
      for (const page of pages) walk(machine, page);
      return machine.snapshot();
    };
    expect(fill([4, 0, 1])).toEqual(fill([0, 1, 4]));
  });

  test("says undefined as soon as two sizes are cached for one address, and not before (H10)", () => {
    const { machine, tables, root } = lay();
    const large = tables.map(root, 0, DATA, 2);
    walk(machine, 0);
    const small = tables.table();
    machine.write(large, { low: (small << 12) | 3, high: 0 });
    machine.write(machine.addressOf(small, 0), leafEntry(DATA, 1));
    expect(machine.undefined).toBe(false);
    walk(machine, 0);
    expect(machine.undefined).toBe(true);
  });

  const choices = fc.array(fc.nat({ max: 1000 }), { maxLength: 40 });

  test("restored from a snapshot does again exactly what it did", () => {
    fc.assert(
      fc.property(choices, choices, (before, after) => {
        const { machine, tables, root } = lay(rulesOf("amd-tce-invlpgb"), 2);
        for (const page of [0, 1, 4, 8]) tables.map(root, page, DATA);
        pick(machine, before);
        const saved = machine.snapshot();
        pick(machine, after);
        const once = machine.snapshot();
        machine.restore(saved);
        pick(machine, after);
        expect(machine.snapshot()).toEqual(once);
      }),
      { seed: 4, numRuns: 20 },
    );
  });

  test("never caches a page that is not mapped, nor a frame that no leaf names", () => {
    fc.assert(
      fc.property(choices, (events) => {
        const { machine, tables, root } = lay();
        tables.map(root, 0, DATA);
        tables.map(root, 4, DATA + 2, 2);
        pick(machine, events);
        for (const { page, frame } of machine.cpu(0).translations.all())
          expect([page, frame]).toEqual([page, DATA + page / 2]);
        for (const { page } of machine.cpu(0).translations.all()) expect([0, 4]).toContain(page);
      }),
      { seed: 4, numRuns: 200 },
    );
  });
});

/** Lets the hardware do one thing after another; the numbers say which. */
function pick(machine: PagingMachine, events: readonly number[]): void {
  for (const event of events) {
    const actions: HardwareAction[] = machine.actions();
    const action = actions[event % Math.max(actions.length, 1)];
    if (action !== undefined) machine.perform(action);
  }
}
