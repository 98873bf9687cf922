import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { SMALL } from "../../model/geometry.ts";
import { layOut } from "../../model/layout.ts";
import { Lists, listColumns, PLACE_FIRST_LIST, PLACE_IN_HAND } from "../../model/lists.ts";
import { DirtyPages, MOMENT, Moments } from "../../model/moments.ts";
import { State } from "../../model/state.ts";
import { layoutLists, type World } from "../../model/world.ts";

const PAGES = 16;
const LISTS = 4;

const world: World = {
  geometry: SMALL,
  cpus: 1,
  pages: PAGES,
  blocks: 4,
  contexts: 1,
  mms: 2,
  migratetypes: 1,
  freetypes: 1,
  zones: [],
  nodes: 1,
  locks: 1,
  lists: layoutLists([
    { name: "free", count: 3, mustDrain: false },
    { name: "queue", count: 1, mustDrain: true },
  ]),
  stacks: { levels: [], framesPerCpu: 0, localsPerFrame: 0, stepCount: 0 },
  requests: [],
  translations: "may-hold",
  modes: false,
  irq: false,
  protectedMap: "restricted",
  labels: false,
  preempt: false,
};

interface Bench {
  readonly lists: Lists;
  readonly moments: Moments;
}

/** `allocated`: orders of allocated blocks by head, as the ledger would tell them. */
function bench(allocated: ReadonlyMap<number, number> = new Map()): Bench {
  const moments = new Moments();
  const state = new State(layOut(world, [listColumns]));
  const lists = new Lists(state, world, new DirtyPages(PAGES), moments, (pfn) => allocated.get(pfn) ?? -1);
  return { lists, moments };
}

interface Block {
  readonly pfn: number;
  readonly order: number;
}

/** The same lists as arrays. */
type Model = Block[][];

const operations = fc.array(
  fc.record({ list: fc.nat(LISTS - 1), pfn: fc.nat(PAGES - 1), order: fc.nat(2), tail: fc.boolean() }),
  { maxLength: 80 },
);

function collect(lists: Lists, list: number): Block[] {
  const found: Block[] = [];
  for (let pfn = lists.first(list); pfn >= 0; pfn = lists.next(pfn)) found.push({ pfn, order: lists.order(pfn) });
  return found;
}

function coveredBy(model: Model, pfn: number): Block | undefined {
  return model.flat().find((block) => block.pfn <= pfn && pfn < block.pfn + (1 << block.order));
}

/** Adds a block where memory is free, removes one where its head is listed; answers what it did to the model. */
function step({ lists }: Bench, model: Model, at: { list: number; pfn: number; order: number; tail: boolean }): void {
  const head = at.pfn & ~((1 << at.order) - 1);
  const listed = model.findIndex((list) => list.some((block) => block.pfn === at.pfn));
  if (listed >= 0) {
    lists.remove(listed, at.pfn);
    model[listed] = (model[listed] ?? []).filter((block) => block.pfn !== at.pfn);
    return;
  }
  for (let pfn = head; pfn < head + (1 << at.order); pfn++) if (coveredBy(model, pfn) !== undefined) return;
  const block = { pfn: head, order: at.order };
  if (at.tail) lists.addTail(at.list, head, at.order);
  else lists.addHead(at.list, head, at.order);
  model[at.list] = at.tail ? [...(model[at.list] ?? []), block] : [block, ...(model[at.list] ?? [])];
}

describe("lists of blocks", () => {
  test("hold what arrays hold, in the same order, under any operations", () => {
    fc.assert(
      fc.property(operations, (list) => {
        const real = bench();
        const model: Model = [[], [], [], []];
        for (const operation of list) {
          step(real, model, operation);
          model.forEach((blocks, index) => {
            expect(collect(real.lists, index)).toEqual(blocks);
            expect(real.lists.length(index)).toBe(blocks.length);
            expect(real.lists.last(index)).toBe(blocks.at(-1)?.pfn ?? -1);
          });
        }
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  test("count the pages of each place, and find the head of every page's block", () => {
    fc.assert(
      fc.property(operations, (list) => {
        const real = bench();
        const model: Model = [[], [], [], []];
        for (const operation of list) step(real, model, operation);
        const pages = (blocks: readonly Block[]): number => blocks.reduce((sum, { order }) => sum + (1 << order), 0);
        expect(real.lists.pagesIn(PLACE_FIRST_LIST)).toBe(pages(model.slice(0, 3).flat()));
        expect(real.lists.pagesIn(PLACE_FIRST_LIST + 1)).toBe(pages(model.slice(3).flat()));
        for (let pfn = 0; pfn < PAGES; pfn++) {
          const block = coveredBy(model, pfn);
          expect(real.lists.headOf(pfn, () => -1)).toBe(block?.pfn ?? -1);
          if (block === undefined) expect(real.lists.placeOf(pfn)).toBe(PLACE_IN_HAND);
        }
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  test("log a block that is already somewhere, as a whole or in part, and leave it where it is", () => {
    for (const second of [
      { pfn: 4, order: 1 },
      { pfn: 5, order: 0 },
      { pfn: 4, order: 2 },
      { pfn: 0, order: 3 },
    ]) {
      const { lists, moments } = bench();
      lists.addHead(0, 4, 1);
      moments.clear();
      lists.addTail(1, second.pfn, second.order);
      expect(Array.from(moments.kinds.subarray(0, moments.count))).toEqual([MOMENT.placeConflict]);
      expect(collect(lists, 0)).toEqual([{ pfn: 4, order: 1 }]);
      expect(collect(lists, 1)).toEqual([]);
    }
  });

  test("log a page that lies inside an allocated block, which the block's head alone remembers", () => {
    const { lists, moments } = bench(new Map([[4, 2]]));
    lists.placeAllocated(4, 2);
    for (const pfn of [5, 6, 7]) lists.addTail(1, pfn, 0);
    expect(Array.from(moments.pfns.subarray(0, moments.count))).toEqual([5, 6, 7]);
    expect(new Set(moments.kinds.subarray(0, moments.count))).toEqual(new Set([MOMENT.placeConflict]));
    lists.addTail(1, 8, 0);
    expect(collect(lists, 1)).toEqual([{ pfn: 8, order: 0 }]);
  });

  test("refuse to take off a block that is on no list", () => {
    expect(() => bench().lists.remove(0, 3)).toThrow("a block removed from list 0 is on it");
  });

  test("refuse to take a block off a list whose end it is not", () => {
    const { lists } = bench();
    lists.addTail(0, 3, 0);
    lists.addTail(1, 5, 0);
    expect(() => lists.remove(1, 3)).toThrow("a block removed from list 1 is not on another list");
    expect(collect(lists, 1)).toEqual([{ pfn: 5, order: 0 }]);
  });
});
