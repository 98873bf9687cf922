import { describe, expect, test } from "vitest";

import { InputError } from "../../model/failure.ts";
import { checkGeometry, FOUR_K_LEAF, GEOMETRIES, type Geometry, SMALL } from "../../model/geometry.ts";

describe("a geometry", () => {
  test.each(GEOMETRIES.map((geometry) => [geometry.name, geometry] as const))(
    "%s takes the same branches as the real machine, or says where not",
    (_name, geometry) => {
      expect(checkGeometry(geometry)).toBe(geometry);
    },
  );

  test.each<[string, Partial<Geometry>]>([
    ["0 <= costlyOrder", { costlyOrder: -1 }],
    ["costlyOrder < pageblockOrder - 1", { costlyOrder: 1 }],
    ["pageblockOrder < maxOrder", { maxOrder: 2 }],
    ["flushCeilingPages < 2^pageblockOrder", { flushCeilingPages: 4 }],
    ["0 < flushCeilingPages", { flushCeilingPages: 0 }],
    ["pcpBatch < 2^pageblockOrder", { pcpBatch: 4, pcpHigh: 8 }],
    ["0 < pcpBatch <= pcpHigh", { pcpBatch: 3 }],
  ])("that breaks %s is refused by that name", (text, change) => {
    const broken = { ...SMALL, name: "odd", ...change };
    expect(() => checkGeometry(broken)).toThrow(InputError);
    expect(() => checkGeometry(broken)).toThrow(`geometry odd breaks "${text}"`);
  });

  test("that deviates does so where it says, and nowhere else", () => {
    expect(GEOMETRIES.filter(({ deviates }) => deviates !== undefined).map(({ name }) => name)).toEqual(["4k-leaf"]);
    expect(() => checkGeometry({ ...FOUR_K_LEAF, maxOrder: 2 })).toThrow('breaks "pageblockOrder < maxOrder"');
    expect(() => checkGeometry({ ...FOUR_K_LEAF, flushCeilingPages: 3 })).toThrow("which it says it breaks");
  });
});
