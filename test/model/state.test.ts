import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { softwareFor } from "../../harness/scenario.ts";
import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { diffStates, printState } from "../../model/diff.ts";
import { columnDigest, observationDigest, stateHash } from "../../model/digest.ts";
import { InternalError } from "../../model/failure.ts";
import { SMALL, X86_64 } from "../../model/geometry.ts";
import { Machine } from "../../model/machine.ts";
import { makeWorld, type WorldParameters } from "../../model/software.ts";
import { State } from "../../model/state.ts";
import { walk, walkMachine } from "../properties/random-walk.ts";

function parameters(pages: number, cpus = 2): WorldParameters {
  return {
    geometry: pages < 1024 ? SMALL : X86_64,
    cpus,
    pages,
    mms: 2,
    requests: [],
    translations: pages < 1024 ? "may-hold" : "epochs",
    modes: false,
    irq: false,
    preempt: false,
  };
}

function layoutOf(pages: number, cpus = 2): State["layout"] {
  return makeWorld(softwareFor(asyncFree), parameters(pages, cpus)).layout;
}

/** A write that the columns accept: any column, any row, any value up to its largest. */
const writes = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 40 });

function write(state: State, [which, row, value]: readonly [number, number, number]): void {
  const column = state.columns[which % state.columns.length];
  column?.set(row % column.rows, value % (column.max + 1));
}

describe("a state", () => {
  test("is restored from its snapshot byte for byte, and equals, hashes and digests like it", () => {
    fc.assert(
      fc.property(writes, writes, (before, after) => {
        const [state, copy] = [new State(layoutOf(8)), new State(layoutOf(8))];
        for (const cell of before) write(state, cell);
        const saved = new Uint32Array(state.words.length);
        state.save(saved);
        copy.restore(saved);
        for (const cell of after) write(state, cell);
        const [changed, hash] = [diffStates(copy, state).length > 0, stateHash(copy)];
        expect(state.equals(copy)).toBe(!changed);
        expect(stateHash(state) === hash).toBe(!changed);
        state.restore(saved);
        expect(state.equals(copy)).toBe(true);
        expect(diffStates(copy, state)).toEqual([]);
        expect(observationDigest(state)).toBe(observationDigest(copy));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test("differs from another in exactly the cells that its diff names, with both values", () => {
    fc.assert(
      fc.property(writes, (cells) => {
        const [state, fresh] = [new State(layoutOf(8)), new State(layoutOf(8))];
        for (const cell of cells) write(state, cell);
        const changes = diffStates(fresh, state);
        const nonZero = state.columns.reduce((count, column) => {
          for (let row = 0; row < column.rows; row++) if (column.get(row) !== 0) count++;
          return count;
        }, 0);
        expect(changes.length).toBe(nonZero);
        for (const { column, row, before, after } of changes) {
          expect(fresh.column(column).get(row)).toBe(0);
          expect(state.column(column).get(row)).toBeGreaterThan(0);
          expect(before).not.toBe(after);
        }
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  test("keeps its columns apart: a write changes one cell of one column and no other", () => {
    const state = new State(layoutOf(12, 3));
    const twin = new State(layoutOf(12, 3));
    for (const column of state.columns) {
      for (const row of [0, column.rows - 1]) {
        column.set(row, column.max);
        expect(diffStates(twin, state).map((change) => [change.column, change.row])).toEqual([[column.name, row]]);
        column.set(row, 0);
      }
    }
  });

  test("refuses a write outside a column's rows or values, naming the column", () => {
    const state = new State(layoutOf(8));
    const present = state.column("hw.present");
    expect(() => present.set(8, 1)).toThrow(InternalError);
    expect(() => present.set(8, 1)).toThrow(/write of 1 at row 8 of column hw\.present/);
    expect(() => present.set(-1, 1)).toThrow(InternalError);
    expect(() => present.set(0, 2)).toThrow(/values up to 1/);
    expect(() => present.set(0, -1)).toThrow(InternalError);
    expect(() => present.get(8)).toThrow(/read at row 8/);
    for (const column of state.columns) {
      expect(() => column.set(column.rows, 0)).toThrow(InternalError);
      if (column.max < 2 ** 32 - 1) expect(() => column.set(0, column.max + 1)).toThrow(InternalError);
    }
  });

  test("all zero is the boot state: nothing allocated, nothing running, every CPU protected, no entry held", () => {
    const machine = new Machine(softwareFor(asyncFree), parameters(8), []);
    const { k } = machine;
    expect(printState(machine.state)).toBe("");
    expect(machine.isQuiescent()).toBe(true);
    for (let pfn = 0; pfn < 8; pfn++) {
      expect([k.ledger.order(pfn), k.lists.order(pfn), k.hw.isPresent(pfn), k.hw.tag(pfn)]).toEqual([-1, -1, false, 0]);
      expect(k.hw.discharged(pfn)).toBe(true);
    }
    expect([0, 1].map((cpu) => [k.irqsEnabled(cpu), k.hw.isProtected(cpu), k.running(cpu)])).toEqual([
      [true, true, 0],
      [true, true, 0],
    ]);
  });

  test("boot writes one row per maximal block and the list it is on", () => {
    const machine = new Machine(softwareFor(asyncFree), parameters(12), []);
    machine.boot([]);
    expect(printState(machine.state).split("\n")).toEqual(
      expect.arrayContaining([expect.stringMatching(/^mm\.buddy \[pfn 0\]=3 \[pfn 8\]=2$/)]),
    );
  });
});

describe("digests", () => {
  test("a column of zeros digests to zero, whatever its length", () => {
    const digests = [8, 64, 2048].map((pages) => columnDigest(new State(layoutOf(pages)).column("hw.tag")));
    expect(digests).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  test("two states of one random walk have equal hashes only when they are equal", () => {
    const machine = walkMachine(asyncFree, { scope: "cpus=2,pages=8" });
    const seen = new Map<string, string>();
    walk(machine, 11, 5_000, (action) => {
      machine.perform(action);
      machine.clearStep();
      const text = machine.state.words.join();
      const hash = stateHash(machine.state);
      expect(seen.get(hash) ?? text).toBe(text);
      seen.set(hash, text);
      return true;
    });
    expect(seen.size).toBeGreaterThan(2_000);
  });
});

describe("a layout", () => {
  test("chooses the width of a column by the world: one byte at 8 pages, two at 1,000, four at 70,000", () => {
    const widths = [8, 1_000, 70_000].map(
      (pages) => layoutOf(pages).placements.find(({ name }) => name === "list.next")?.width,
    );
    expect(widths).toEqual([1, 2, 4]);
  });

  test("aligns every column to its width, overlaps none, and has a digest of its own per world", () => {
    for (const pages of [8, 63, 1_000, 70_000]) {
      let end = 0;
      for (const { offset, width, rows } of layoutOf(pages).placements) {
        expect(offset % width).toBe(0);
        expect(offset).toBeGreaterThanOrEqual(end);
        end = offset + rows * width;
      }
      expect(layoutOf(pages).bytes).toBeGreaterThanOrEqual(end);
    }
    expect(new Set([8, 9, 63, 70_000].map((pages) => layoutOf(pages).digest)).size).toBe(4);
  });

  test("a zone of 64 GiB takes at most 64 bytes a page", () => {
    const pages = 2 ** 24;
    expect(layoutOf(pages, 4).bytes / pages).toBeLessThanOrEqual(64);
  });
});
