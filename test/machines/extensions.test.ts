import { describe, expect, test } from "vitest";

import { searchProduct } from "../../checker/product-search.ts";
import { chartsOf, eventIndex, stateIndex } from "../../machines/charts.ts";
import {
  extendedMissingEdges,
  plainMissingEdges,
  preconditionGaps,
  receptivenessGaps,
  specificationWith,
  unusedEvents,
} from "../../machines/checks.ts";
import type { ChartName, MissingEdge } from "../../machines/missing-edge.ts";
import { type SpecificationSize, scopeOf, specification } from "../../machines/specification.ts";
import { tinySearch } from "./tiny-search.ts";

const SMALL: readonly (readonly [SpecificationSize, number, number, number])[] = [
  [{ cpus: 1, pages: 1, mms: 2, slots: 2 }, 3_660, 34_155, 18],
  [{ cpus: 1, pages: 1, mms: 2, slots: 2, policy: "generations" }, 17_916, 206_395, 30],
  [{ cpus: 1, pages: 1, mms: 2, slots: 2, classes: 2 }, 4_940, 44_883, 18],
  [{ cpus: 1, pages: 1, mms: 3, slots: 2 }, 11_140, 111_899, 18],
  [{ cpus: 1, pages: 1, nmi: true }, 1_104, 9_565, 17],
  [{ cpus: 1, pages: 1, records: true }, 304, 2_644, 12],
  [{ cpus: 2, pages: 1, records: true }, 8_688, 116_289, 20],
  [{ cpus: 2, pages: 1, batch: true }, 11_184, 135_305, 23],
  [{ cpus: 1, pages: 2, batch: true }, 28_464, 390_640, 25],
  [{ cpus: 2, pages: 1, physmap: true }, 10_032, 120_115, 20],
  [{ cpus: 2, pages: 2, pageblock: true }, 22_674, 318_774, 20],
];

const LARGER: typeof SMALL = [
  [{ cpus: 1, pages: 1, mms: 2, slots: 2, nmi: true }, 65_480, 662_169, 26],
  [{ cpus: 2, pages: 1, mms: 2, slots: 1 }, 53_692, 751_672, 23],
  [{ cpus: 2, pages: 1, mms: 2, slots: 2 }, 673_132, 9_729_640, 27],
  [{ cpus: 2, pages: 1, nmi: true }, 105_744, 1_392_473, 28],
  [{ cpus: 2, pages: 2, batch: true }, 447_280, 7_743_276, 30],
];

describe.each([...SMALL, ...LARGER])("extended specification %j", (size, states, transitions, levels) => {
  const product = specification(size);

  test(`holds in all of its ${states} states, every move is possible and none of them is the last`, () => {
    const result = searchProduct(product);
    expect(result).toMatchObject({ states, transitions, levels, complete: true, neverEnabled: [] });
    expect(result.violations.filter((violation) => violation !== undefined)).toEqual([]);
    expect(result.deadlocks.states).toBe(0);
  });

  test("reaches the dangerous situation behind each claim", () => {
    const ids = product.reach.map(({ id }) => id);
    const result = searchProduct({ ...product, claims: product.reach }, { stopWhen: ids });
    expect(result.violations.map((found) => found?.claim)).toEqual(ids);
    const claimed = product.claims.map(({ id }) => `REACH-${id}`);
    expect([...ids].sort()).toEqual(claimed.filter((id) => ids.includes(id) || id !== "REACH-S5").sort());
  });
});

test.each(SMALL)("engine and referee agree on %j", (size, states, transitions, levels) => {
  const product = specification(size);
  const result = tinySearch(product, product.claims);
  expect(result).toMatchObject({ states, transitions, levels });
  expect(result.violated.size).toBe(0);
});

/** One scope for each extension, with every chart that it brings, and one with all of them. */
const COMPOSITIONS: readonly SpecificationSize[] = [
  { cpus: 2, pages: 1, mms: 2, slots: 2, classes: 2 },
  { cpus: 2, pages: 1, mms: 3, slots: 3, policy: "generations" },
  { cpus: 2, pages: 1, nmi: true },
  { cpus: 2, pages: 1, records: true },
  { cpus: 2, pages: 1, batch: true },
  { cpus: 2, pages: 1, physmap: true },
  { cpus: 2, pages: 1, pageblock: true },
  { cpus: 2, pages: 2, mms: 2, slots: 2, nmi: true, records: true, batch: true, physmap: true, pageblock: true },
];

describe.each(COMPOSITIONS)("composition %j", (size) => {
  const product = specification(size);

  test("no chart forbids what hardware or the attacker may do", () => {
    expect(receptivenessGaps(product)).toEqual([]);
  });

  test("every move that a missing edge blocks has a declared precondition, and each declared one is real", () => {
    expect(preconditionGaps(product)).toEqual([]);
  });

  test("every event of every chart belongs to a vector", () => {
    expect(unusedEvents(product)).toEqual([]);
  });

  test("every state says what is true in it", () => {
    for (const { descriptions } of product.components) {
      for (const description of descriptions) expect(description).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe("specification vacuity, extended", () => {
  const scopes: readonly SpecificationSize[] = [
    { cpus: 2, pages: 1, mms: 2, slots: 1 },
    { cpus: 2, pages: 1, nmi: true },
    { cpus: 2, pages: 1, records: true },
    { cpus: 2, pages: 1, batch: true },
    { cpus: 2, pages: 1, physmap: true },
    { cpus: 2, pages: 1, pageblock: true },
  ];
  test.each(scopes)("each edge that the charts of %j lack yields a counterexample when it is put back", (size) => {
    const barred: string[] = [];
    for (const edge of [...plainMissingEdges(size), ...extendedMissingEdges(size)]) {
      if (counterexample(edge, size) === undefined) barred.push(`${edge.chart}: ${edge.from} ─${edge.event}▶`);
    }
    expect(barred).toEqual(size.pageblock === true ? TWICE_BARRED : []);
  });

  test("an mm that took a second slot would have two records", () => {
    const size: SpecificationSize = { cpus: 1, pages: 1, mms: 2, slots: 2 };
    const twice = extendedMissingEdges(size).filter(({ guards }) => guards === "S20");
    expect(twice.map((edge) => counterexample(edge, size)?.slice(-2))).toEqual([
      ["giveSlot(0,1,1)", "giveSlot(0,1,0)"],
      ["giveSlot(0,1,0)", "giveSlot(0,1,1)"],
    ]);
  });

  test("the extensions lack 33 edges on purpose, with two mms, and none is listed twice", () => {
    const all = [{ cpus: 1, pages: 1, mms: 2, slots: 2 }, ...scopes.slice(1)].flatMap(extendedMissingEdges);
    const names = all.map(({ chart, from, event }) => `${chart} ${from} ${event}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe(33);
  });
});

/** With labels, a sensitive request finds a sensitive block first, and every page of one is discharged. */
const TWICE_BARRED = ["pending-flush", "free-mapped", "allocated-nonsensitive", "allocated-nonsensitive-unmapped"].map(
  (from) => `page: ${from} ─allocSensitive▶`,
);

function counterexample(
  edge: MissingEdge,
  size: SpecificationSize,
  claim = edge.guards,
): readonly string[] | undefined {
  const mutant = specificationWith(edge, size);
  const { violations } = searchProduct(mutant, { stopWhen: [claim] });
  return violations.find((violation) => violation?.claim === claim)?.vectors;
}

test("a slot given to another mm and not flushed shows it the last one's secret, on one CPU, where leaving does not flush", () => {
  const size: SpecificationSize = { cpus: 1, pages: 1, mms: 2, slots: 1, policy: "generations" };
  const unflushed = extendedMissingEdges(size).find(({ guards, from }) => guards === "S18" && from === "given-1");
  const leak = unflushed === undefined ? undefined : counterexample(unflushed, size, "S1");
  expect(leak).toEqual([
    ...["allocSensitive(0,0)", "writeSecret(0,0)"],
    ...["beginSwitch(0)", "giveSlot(0,0,0)", "flushSlot(0,0)", "endSwitch(0,0)", "announce(0)", "enter(0)"],
    ...["showUser(0,0)", "walkUser(0,0,0)", "exit(0)", "settle(0)"],
    ...["beginSwitch(0)", "giveSlot(0,0,1)", "endSwitch(0,0)", "announce(0)", "enter(0)"],
  ]);
});

test("a page that keeps its place in a flight when it is remapped is credited with a clear that nobody observed", () => {
  const size: SpecificationSize = { cpus: 2, pages: 1, batch: true };
  const charts = chartsOf(scopeOf(size));
  const member = charts.member;
  const edges = member.edges.map((row) => Int8Array.from(row));
  const flight = stateIndex(member, "in-flight");
  edges[eventIndex(member, "cancel")][flight] = flight;
  const mutant = specification(size, { ...charts, member: { ...member, edges } });
  const { violations } = searchProduct(mutant, { stopWhen: ["S5"] });
  expect(violations.find((violation) => violation?.claim === "S5")?.vectors).toEqual([
    ...["allocMapping(0)", "freeUnmapping(0)", "collect(0)", "sealBatch()", "startBatch()", "allocMapping(0)"],
    ...["invalidateAll(0)", "invalidateAll(1)", "finishBatch()"],
  ]);
});

test("an mm in the middle of a switch is not entered, however its slot stands", () => {
  const charts = chartsOf(scopeOf({ cpus: 1, pages: 1, mms: 2, slots: 2 }));
  const asked = (chart: ChartName, event: string) => {
    const row = charts[chart].edges[eventIndex(charts[chart], event)];
    return charts[chart].states.filter((_, state) => row[state] >= 0);
  };
  expect(asked("switch", "confirmSettled")).toEqual(["settled"]);
  expect(asked("slot", "confirmFlushed")).toEqual(["loaded-0", "loaded-1"]);
  expect(asked("content", "confirmVisible-0")).toEqual(["clean", "public", "secret-0"]);
});
