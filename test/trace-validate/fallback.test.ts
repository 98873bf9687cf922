import { describe, expect, it } from "vitest";
import { drain, extfrag, locked, objections, validateMini } from "./mini.ts";

const [UNMOVABLE, MOVABLE, RECLAIMABLE] = [0, 1, 2];
/** Makes the list of a block known: it leaves and comes back. */
const label = (pfn: string, order: number, type: number): string[] => [
  locked(pfn, order, type),
  drain(pfn, order, type),
];
const whole = { pfn: "1400", order: 0, found: 10, type: UNMOVABLE, from: MOVABLE, owned: 1 } as const;

describe("a fallback in 6.1", () => {
  it("moves the largest block to the asking type's list, from which the next event takes its lowest piece", async () => {
    const result = await validateMini({
      kernel: "6.1",
      free: ["1000 5", "1400 10"],
      events: [extfrag(whole), locked("1400", 0, UNMOVABLE), locked("1401", 0, UNMOVABLE)],
    });
    expect(objections(result)).toEqual([]);
  });

  it("without the event that takes a block of it is illegal", async () => {
    const result = await validateMini({
      kernel: "6.1",
      free: ["1000 5", "1400 10"],
      events: [extfrag(whole), locked("1000", 5, MOVABLE)],
    });
    expect(objections(result)).toEqual(["1 fallback-missing"]);
  });

  it("of a smaller block is illegal while a larger one is on a list it may take from", async () => {
    const found = { ...whole, pfn: "1000", found: 3, owned: 0 } as const;
    const result = await validateMini({
      kernel: "6.1",
      free: ["1000 3", "1200 3"],
      events: [...label("1200", 3, MOVABLE), extfrag({ ...found, found: 2 }), locked("1000", 0, UNMOVABLE)],
    });
    expect(objections(result)).toContain("3 fallback-order");
  });

  it("is illegal while the asking type's own list holds a sufficient block", async () => {
    const events = [...label("1000", 3, UNMOVABLE), extfrag(whole), locked("1400", 0, UNMOVABLE)];
    const result = await validateMini({ kernel: "6.1", free: ["1000 3", "1400 10"], events });
    expect(objections(result)).toContain("3 fallback-needless");
  });

  it("takes reclaimable before movable blocks of one order for an unmovable request", async () => {
    const events = [...label("1200", 3, RECLAIMABLE), extfrag({ ...whole, pfn: "1000", found: 3, owned: 0 })];
    const result = await validateMini({
      kernel: "6.1",
      free: ["1000 3", "1200 3"],
      events: [...events, locked("1000", 0, UNMOVABLE)],
    });
    expect(objections(result)).toContain("3 fallback-type");
  });

  it("for a movable request takes the smallest block where none is large enough to steal its pageblock", async () => {
    const free = ["1000 2", "1200 3"];
    const smallest = extfrag({ pfn: "1000", order: 0, found: 2, type: MOVABLE, from: UNMOVABLE, owned: 0 });
    const largest = extfrag({ pfn: "1200", order: 0, found: 3, type: MOVABLE, from: UNMOVABLE, owned: 0 });
    const known = [...label("1000", 2, UNMOVABLE), ...label("1200", 3, UNMOVABLE)];
    const legal = await validateMini({ kernel: "6.1", free, events: [...known, smallest, locked("1000")] });
    expect(objections(legal)).toEqual([]);
    const illegal = await validateMini({ kernel: "6.1", free, events: [...known, largest, locked("1200")] });
    expect(objections(illegal)).toEqual(["5 fallback-order"]);
  });

  it("that steals moves all free blocks of the pageblock, whoever owns it afterwards", async () => {
    const steal = extfrag({ pfn: "1040", order: 0, found: 6, type: UNMOVABLE, from: MOVABLE, owned: 0 });
    const events = [...label("1000", 3, MOVABLE), steal, locked("1000", 0, UNMOVABLE)];
    expect(objections(await validateMini({ kernel: "6.1", free: ["1000 3", "1040 6"], events }))).toEqual([]);
  });
});

describe("a fallback in 6.12", () => {
  it("takes the block itself, and the next one comes from the rest", async () => {
    const result = await validateMini({
      kernel: "6.12",
      free: ["1000 5", "1400 10"],
      events: [extfrag(whole), locked("1401", 0, UNMOVABLE)],
    });
    expect(objections(result)).toEqual([]);
  });

  it("is illegal if the event is followed by one that takes the same page again", async () => {
    const events = [extfrag(whole), locked("1400", 0, UNMOVABLE)];
    expect(objections(await validateMini({ kernel: "6.12", free: ["1400 10"], events }))).toEqual(["2 not-free"]);
  });

  it("of a pageblock or more without a change of hands is illegal", async () => {
    const events = [extfrag({ ...whole, owned: 0 })];
    expect(objections(await validateMini({ kernel: "6.12", free: ["1400 10"], events }))).toEqual([
      "1 fallback-ownership",
    ]);
  });

  it("takes the smallest block where nothing can be claimed since 6.12.29, the largest before, and either in a 6.12.0", async () => {
    const free = ["1000 2", "1200 3"];
    const known = [...label("1000", 2, MOVABLE), ...label("1200", 3, MOVABLE)];
    const single = { order: 0, type: UNMOVABLE, from: MOVABLE, owned: 0 } as const;
    const smallest = [...known, extfrag({ ...single, pfn: "1000", found: 2 })];
    const largest = [...known, extfrag({ ...single, pfn: "1200", found: 3 })];
    const judge = async (kernel: "6.12" | "6.12.28" | "6.12.29"): Promise<string[][]> => [
      objections(await validateMini({ kernel, free, events: smallest })),
      objections(await validateMini({ kernel, free, events: largest })),
    ];
    expect(await judge("6.12.29")).toEqual([[], ["5 fallback-order"]]);
    expect(await judge("6.12.28")).toEqual([["5 fallback-order"], []]);
    expect(await judge("6.12")).toEqual([[], []]);
  });

  it("takes a whole pageblock before anything smaller, in every release", async () => {
    const events = [...label("1000", 2, MOVABLE), ...label("1400", 10, MOVABLE)];
    const single = extfrag({ pfn: "1000", order: 0, found: 2, type: UNMOVABLE, from: MOVABLE, owned: 0 });
    for (const kernel of ["6.12", "6.12.28", "6.12.29"] as const) {
      const result = await validateMini({ kernel, free: ["1000 2", "1400 10"], events: [...events, single] });
      expect(objections(result)).toEqual(["5 fallback-order"]);
    }
  });

  it("that does not claim leaves the rest to its pageblock", async () => {
    const single = extfrag({ pfn: "1000", order: 0, found: 3, type: MOVABLE, from: UNMOVABLE, owned: 0 });
    const events = [...label("1000", 3, UNMOVABLE), single, locked("1001", 0, UNMOVABLE)];
    expect(objections(await validateMini({ kernel: "6.12", free: ["1000 3"], events }))).toEqual([]);
  });

  it("that claims a part-used pageblock is announced by zone_locked of the same page", async () => {
    const claim = extfrag({ pfn: "1000", order: 0, found: 8, type: UNMOVABLE, from: MOVABLE, owned: 1 });
    const known = label("1100", 8, MOVABLE);
    const events = [...known, locked("1000", 0, UNMOVABLE), claim, locked("1100", 8, UNMOVABLE)];
    const result = await validateMini({ kernel: "6.12", free: ["1000 0", "1100 8"], events });
    expect(objections(result)).toEqual([]);
    const silent = await validateMini({
      kernel: "6.12",
      free: ["1000 0", "1100 8"],
      events: [...known, locked("1000", 0, UNMOVABLE), locked("1100", 8, UNMOVABLE)],
    });
    expect(objections(silent)).toEqual(["3 wrong-list", "4 wrong-list"]);
  });
});
