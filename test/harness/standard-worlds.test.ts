import { describe, expect, test } from "vitest";
import { explore } from "../../harness/exploration.ts";
import { findDesign } from "../../harness/find-design.ts";
import { machineForRun } from "../../harness/machine-for-run.ts";
import { machineFor } from "../../harness/scenario.ts";
import { parseScope, printScope } from "../../harness/scope.ts";
import { STANDARD } from "../../harness/worlds/standard.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";

describe("the standard worlds", () => {
  test("are the eight by which designs are compared, each with a purpose", () => {
    expect(STANDARD.map(({ name }) => name)).toEqual([
      "tiny",
      "pair",
      "fragmented",
      "irq",
      "two-mms",
      "flip",
      "contig",
      "4k-leaf",
    ]);
    expect(STANDARD.filter(({ purpose }) => purpose.length < 40)).toEqual([]);
  });

  test("begin in every design that is not a canary, unless they have address spaces and it has no code for them", () => {
    const refused = DESIGNS.filter(({ canary }) => !canary).flatMap((design) =>
      STANDARD.filter(({ name }) => {
        const scope = parseScope(name);
        if (scope.spaces !== undefined && design.asi === undefined) return true;
        expect(machineFor(design, scope).isQuiescent()).toBe(true);
        return false;
      }).map(({ name }) => `${design.id} ${name}`),
    );
    expect(refused).toEqual(["no-asi two-mms", "async-free two-mms"]);
  });

  test("survive being printed and read, their menus included", () => {
    for (const { name, menu } of STANDARD) {
      const scope = parseScope(name === "two-mms" ? "two-mms,calls=1" : `${name},calls=1+1`);
      expect(parseScope(printScope(scope))).toEqual(scope);
      expect(scope.menu).toEqual(menu);
    }
  });

  test("with menus of their own offer pairs and pageblocks on replay too", () => {
    const ordersOf = (scope: string): number[] =>
      machineForRun({ design: "async-free", scope, steps: [] }).menu.map(({ order }) => order);
    expect(ordersOf("tiny")).toEqual([0, 0]);
    expect(ordersOf("pair")).toEqual([0, 0, 1, 1]);
    expect(ordersOf("contig,calls=1+1")).toEqual([0, 0, 2, 2]);
  });

  test("flush a flip whole or page by page: only whole flushes do a part of each other's work, which has 10 times the states", () => {
    const sizes = ["flip", "4k-leaf"].map((name) => {
      const { states, transitions } = explore(findDesign("flip-probe"), parseScope(`${name},calls=1+1`));
      return [states, transitions];
    });
    expect(sizes).toEqual([
      [16_793, 32_726],
      [1_725, 3_174],
    ]);
  });
});
