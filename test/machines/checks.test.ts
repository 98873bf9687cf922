import { describe, expect, test } from "vitest";

import { searchProduct } from "../../checker/product-search.ts";
import { CHARTS, type Charts, eventIndex, MISSING_EDGES, stateIndex } from "../../machines/charts.ts";
import { preconditionGaps, receptivenessGaps, specificationWith, unusedEvents } from "../../machines/checks.ts";
import type { ChartName } from "../../machines/missing-edge.ts";
import { specification } from "../../machines/specification.ts";
import { tinySearch } from "./tiny-search.ts";

const POLICIES = ["flush", "generations"] as const;
const SIZE = { cpus: 2, pages: 1, contexts: 2 };

function without(chart: ChartName, from: string, event: string): Charts {
  const table = CHARTS[chart];
  const edges = table.edges.map((row) => Int8Array.from(row));
  edges[eventIndex(table, event)][stateIndex(table, from)] = -1;
  return { ...CHARTS, [chart]: { ...table, edges } };
}

describe.each(POLICIES)("composition, policy %s", (policy) => {
  test("no chart forbids what hardware or the attacker may do", () => {
    expect(receptivenessGaps(specification({ ...SIZE, policy }))).toEqual([]);
  });

  test("every kernel move that a missing edge blocks has a declared precondition, and each declared one is real", () => {
    expect(preconditionGaps(specification({ ...SIZE, policy }))).toEqual([]);
  });

  test("every event of every chart belongs to a vector", () => {
    expect(unusedEvents(specification({ ...SIZE, policy }))).toEqual([]);
  });
});

test("a chart that refuses an interrupt or a read is found out", () => {
  const deafCpu = specification(SIZE, without("cpu", "leaving", "exit"));
  expect([...new Set(receptivenessGaps(deafCpu))]).toEqual([
    "hardware exit is refused by cpu outside unrestricted, entering, restricted-tense, restricted-relaxed",
  ]);
  const shySecret = specification(SIZE, without("content", "secret", "read"));
  expect([...new Set(receptivenessGaps(shySecret))]).toEqual([
    "attacker read is refused by content outside clean, public",
  ]);
});

test("an edge dropped by accident is reported as an undeclared precondition", () => {
  const gaps = preconditionGaps(specification(SIZE, without("page", "pending-flush", "map")));
  expect(gaps).toEqual([
    "not declared: map needs page in free-unmapped",
    "declared, but not so: map needs page in free-unmapped, pending-flush",
  ]);
});

describe("specification vacuity", () => {
  test.each(MISSING_EDGES.map((edge) => [`${edge.chart}: ${edge.from} ─${edge.event}▶ ${edge.to}`, edge] as const))(
    "putting back %s yields a counterexample to its claim",
    (_, edge) => {
      const mutant = specificationWith(edge, { cpus: 2, pages: 1 });
      const depth = tinySearch(mutant, mutant.claims).violated.get(edge.guards);
      expect(depth).toBeGreaterThan(0);
      const byEngine = searchProduct(mutant).violations.find((violation) => violation?.claim === edge.guards);
      expect(byEngine?.vectors.length).toBe(depth);
    },
  );

  test("reuse before the flush leaks within 6 moves: the theorem's edge, put back", () => {
    const mutant = specificationWith(MISSING_EDGES[0], { cpus: 1, pages: 1 });
    const leak = searchProduct(mutant).violations.find((violation) => violation?.claim === "S1");
    expect(leak?.vectors).toEqual([
      "allocMapping(0)",
      "announce(0)",
      "enter(0)",
      "freeUnmapping(0)",
      "allocSensitive(0)",
      "writeSecret(0)",
    ]);
  });
});
