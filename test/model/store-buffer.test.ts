import { describe, expect, test } from "vitest";

import { defineColumns } from "../../model/column.ts";
import { SMALL } from "../../model/geometry.ts";
import { hardwareColumns } from "../../model/hardware-columns.ts";
import { KernelMemory } from "../../model/kernel-memory.ts";
import { layOut } from "../../model/layout.ts";
import { asiColumns, heldColumns, promiseColumns, spaceColumns, storeColumns } from "../../model/space-columns.ts";
import { State } from "../../model/state.ts";
import { translationColumns } from "../../model/translations.ts";
import type { World } from "../../model/world.ts";

const flags = defineColumns("flags", {
  x: { sort: "count", owner: "kernel", per: [], max: () => 3 },
  y: { sort: "count", owner: "kernel", per: [], max: () => 3 },
});

/** Two CPUs with buffers of `stores` entries, and two variables. */
function memory(stores: number) {
  const world: World = {
    geometry: SMALL,
    cpus: 2,
    pages: 4,
    blocks: 1,
    contexts: 1,
    mms: 1,
    migratetypes: 1,
    freetypes: 1,
    zones: [],
    nodes: 1,
    locks: 1,
    lists: { kinds: [], base: [], total: 0 },
    stacks: { levels: [], framesPerCpu: 0, localsPerFrame: 0, stepCount: 0 },
    requests: [],
    translations: "may-hold",
    spaces: {
      slots: 1,
      classes: 1,
      vmaps: 0,
      user: false,
      tables: false,
      globals: false,
      interrupts: 0,
      nmis: 0,
      stores,
      profile: "intel",
    },
    protectedMap: "restricted",
    labels: false,
    modes: false,
    irq: false,
    preempt: false,
  };
  const groups = [
    hardwareColumns,
    translationColumns,
    spaceColumns,
    heldColumns,
    promiseColumns,
    asiColumns,
    storeColumns,
    flags,
  ];
  const k = new KernelMemory(new State(layOut(world, groups)), world);
  return { k, ...k.of(flags) };
}

type Memory = ReturnType<typeof memory>;

/** One instruction of a thread: it acts, and may note what it read. */
type Instruction = (m: Memory, seen: string[]) => void;

/** Every outcome of two threads under all interleavings of their instructions and of drained stores. */
function outcomes(stores: number, threads: readonly (readonly Instruction[])[]): string[] {
  const found = new Set<string>();
  const m = memory(stores);
  const visit = (at: readonly number[], seen: readonly string[]): void => {
    const words = m.k.state.words.slice();
    let moved = false;
    const branch = (cpu: number, next: readonly number[], act: (notes: string[]) => void): void => {
      moved = true;
      const notes = [...seen];
      m.k.cpu = cpu;
      act(notes);
      visit(next, notes);
      m.k.state.restore(words);
    };
    threads.forEach((thread, cpu) => {
      const instruction = thread[at[cpu] as number];
      if (m.k.hasBufferedStores(cpu)) branch(cpu, at, () => m.k.drainOneStore(cpu));
      if (instruction === undefined) return;
      branch(
        cpu,
        at.map((index, other) => (other === cpu ? index + 1 : index)),
        (notes) => instruction(m, notes),
      );
    });
    if (!moved) found.add([...seen].sort().join(" "));
  };
  visit([0, 0], []);
  return [...found].sort();
}

const setX: Instruction = ({ k, x }) => k.store(x, 0, 1);
const setY: Instruction = ({ k, y }) => k.store(y, 0, 1);
const fence: Instruction = ({ k }) => k.fence();
const readX: Instruction = ({ k, x }, seen) => seen.push(`x=${k.load(x, 0)}`);
const readY: Instruction = ({ k, y }, seen) => seen.push(`y=${k.load(y, 0)}`);

describe("stores under x86-TSO", () => {
  test("a load may overtake the CPU's own earlier store: both threads read 0 (SB)", () => {
    expect(
      outcomes(2, [
        [setX, readY],
        [setY, readX],
      ]),
    ).toEqual(["x=0 y=0", "x=0 y=1", "x=1 y=0", "x=1 y=1"]);
  });

  test("a fence between store and load forbids that, and so does sequential consistency", () => {
    const allowed = ["x=0 y=1", "x=1 y=0", "x=1 y=1"];
    expect(
      outcomes(2, [
        [setX, fence, readY],
        [setY, fence, readX],
      ]),
    ).toEqual(allowed);
    expect(
      outcomes(0, [
        [setX, readY],
        [setY, readX],
      ]),
    ).toEqual(allowed);
  });

  test("stores of one CPU are seen in their order: nobody reads the second without the first (MP)", () => {
    expect(
      outcomes(2, [
        [setX, setY],
        [readY, readX],
      ]),
    ).not.toContain("x=0 y=1");
  });

  test("a CPU sees its own store before anybody else does", () => {
    const m = memory(2);
    setX(m, []);
    expect(m.k.load(m.x, 0)).toBe(1);
    m.k.cpu = 1;
    expect(m.k.load(m.x, 0)).toBe(0);
    m.k.drainOneStore(0);
    expect(m.k.load(m.x, 0)).toBe(1);
  });

  test("a locked operation is a fence, and a full buffer lets its oldest store go", () => {
    const m = memory(1);
    setX(m, []);
    setY(m, []);
    expect([m.x.get(0), m.y.get(0)]).toEqual([1, 0]);
    expect(m.k.atomicAdd(m.y, 0, 1)).toBe(2);
    expect(m.k.hasBufferedStores(0)).toBe(false);
  });

  test("a cleared present bit waits in the buffer too, and a CPU may cache the page until it drains", () => {
    const { k } = memory(2);
    k.hw.setPresent(0);
    k.fence();
    k.hw.clearPresent(0);
    expect(k.hw.isPresent(0)).toBe(true);
    k.fence();
    expect(k.hw.isPresent(0)).toBe(false);
  });
});
