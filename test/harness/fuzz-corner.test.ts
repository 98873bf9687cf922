import { describe, expect, test } from "vitest";

import { CORNER_SCRIPTS } from "../../harness/fuzz/corner-scripts.ts";
import { fuzz } from "../../harness/fuzz/fuzz.ts";
import { placeScripts } from "../../harness/fuzz/places.ts";
import { parseScope } from "../../harness/scope.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import type { Design } from "../../model/design.ts";

function designNamed(id: string): Design {
  const design = DESIGNS.find((known) => known.id === id);
  if (design === undefined) return expect.fail(`${id} is registered`);
  return design;
}

describe("corner workloads", () => {
  test("are W1 to W15, each with a title, and with worlds or the name of what runs it instead", () => {
    expect(CORNER_SCRIPTS.map(({ id }) => id)).toEqual(Array.from({ length: 15 }, (_, at) => `W${at + 1}`));
    for (const { id, worlds, lines, elsewhere } of CORNER_SCRIPTS) {
      expect([id, worlds.length > 0 && lines.length > 0]).toEqual([id, elsewhere === undefined]);
    }
  });

  test("are each run by some design that is correct, but for W8", () => {
    const correct = DESIGNS.filter(({ breaks }) => breaks.length === 0);
    const run = new Set(
      correct.flatMap((design) =>
        placeScripts(design, undefined).flatMap(({ script, worlds }) => (worlds.length > 0 ? [script.id] : [])),
      ),
    );
    const missing = CORNER_SCRIPTS.filter(({ id }) => !run.has(id)).map(({ id }) => id);
    expect(missing).toEqual(["W8"]);
  });

  test("that a design cannot run are listed with the reason", () => {
    const { scripts } = fuzz(designNamed("async-free"), { runs: 8, steps: 40, seed: 1, strategy: "corner" });
    const lacking = scripts.filter(({ runs }) => runs === 0);
    expect(scripts.map(({ id, runs }) => `${id} ${runs}`).join(" ")).toBe(
      "W1 1 W2 1 W3 1 W4 1 W5 1 W6 1 W7 1 W8 0 W9 0 W10 0 W11 0 W12 0 W13 0 W14 1 W15 0",
    );
    expect(lacking.every(({ reason }) => reason !== undefined)).toBe(true);
    expect(scripts.find(({ id }) => id === "W10")?.reason).toBe("async-free has no code for address spaces");
  });

  test("keep to a scope that is given, where they mean something in it", () => {
    const placed = placeScripts(designNamed("flip-probe"), parseScope("flip-atomic"));
    expect(placed.filter(({ worlds }) => worlds.length > 0).map(({ script }) => script.id)).toContain("W5");
    expect(placed.find(({ script }) => script.id === "W15")?.reason).toBe("no call vmap in this world");
  });
});
