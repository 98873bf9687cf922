import { describe, expect, it } from "vitest";
import { allocated, drain, freed, locked, objections, validateMini } from "./mini.ts";

describe("a block that returns from a pcplist", () => {
  it("is legal if it was freed, and merges as far as its buddies are free", async () => {
    const result = await validateMini({
      kernel: "6.1",
      free: ["1000 3"],
      events: [locked("1000"), allocated("1000"), freed("1000"), drain("1000"), locked("1000", 3)],
    });
    expect(objections(result)).toEqual([]);
    expect(result.legal).toBe(3);
  });

  it("is legal if it was there before the recording began", async () => {
    expect(objections(await validateMini({ kernel: "6.12", free: ["1000 3"], events: [drain("1400")] }))).toEqual([]);
  });

  it("is legal if it was refilled and never used, with the type of the list it came from only", async () => {
    const events = [locked("1000", 0, 1), drain("1000", 0, 1), locked("1000", 0, 1), drain("1000", 0, 2)];
    const result = await validateMini({ kernel: "6.1", free: ["1000 0"], events });
    expect(objections(result)).toEqual(["4 wrong-type"]);
    expect(result.illegalEvents[0]?.nearest).toBe("migratetype Movable");
  });

  it("is illegal if it is free already, if it is still allocated, and in a pageblock of another type", async () => {
    const free = ["1000 0", "1001 0"];
    const already = await validateMini({ kernel: "6.1", free, events: [drain("1000")] });
    expect(objections(already)).toEqual(["1 already-free"]);
    const live = await validateMini({
      kernel: "6.1",
      free,
      events: [locked("1000"), allocated("1000"), drain("1000")],
    });
    expect(objections(live)).toEqual(["3 still-allocated"]);
    const other = await validateMini({ kernel: "6.12", free, events: [locked("1000", 0, 1), drain("1000", 0, 2)] });
    expect(objections(other)).toEqual(["2 wrong-type"]);
  });
});

describe("a free of an order that pcplists do not hold", () => {
  const events = [locked("1000", 6), allocated("1000", 6), freed("1000", 6)];

  it("puts the block back without a drain", async () => {
    const result = await validateMini({ kernel: "6.12", free: ["1000 6"], events: [...events, locked("1000", 6)] });
    expect(result).toMatchObject({ illegal: 0, unnamed: 0, eventsByKind: { directFrees: 1 } });
  });

  it("is illegal if a page of the block is free", async () => {
    const result = await validateMini({ kernel: "6.12", free: ["1000 6"], events: [freed("1000", 6)] });
    expect(objections(result)).toEqual(["1 already-free"]);
  });
});
