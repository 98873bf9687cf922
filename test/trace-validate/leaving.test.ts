import { describe, expect, it } from "vitest";
import { allocated, drain, freed, locked, objections, validateMini } from "./mini.ts";

describe("a block that leaves the buddy lists", () => {
  it("is legal as the lowest piece of the only block, and its other halves stay", async () => {
    const result = await validateMini({
      kernel: "6.1",
      free: ["1000 3"],
      events: [locked("1000"), locked("1001"), locked("1002", 1), locked("1004", 2)],
    });
    expect(result).toMatchObject({ events: 4, legal: 4, illegal: 0, longestLegalPrefix: 4, unnamed: 0 });
  });

  it("is illegal as an upper piece of a larger block", async () => {
    const result = await validateMini({ kernel: "6.1", free: ["1000 3"], events: [locked("1004", 2)] });
    expect(objections(result)).toEqual(["1 not-lowest-piece"]);
  });

  it("is illegal while a smaller sufficient block is on the same list, which is named as the legal choice", async () => {
    const result = await validateMini({
      kernel: "6.1",
      free: ["1000 0", "1400 10"],
      // 0x1000 is known to be movable after it went and came back.
      events: [locked("1000"), drain("1000"), locked("1400")],
    });
    expect(objections(result)).toEqual(["3 smaller-block-free"]);
    expect(result.illegalEvents[0]?.nearest).toBe("pfn 0x1000 order 0, which is on Movable");
    expect(result).toMatchObject({ longestLegalPrefix: 2, firstIllegalLine: 4 });
  });

  it("is legal past smaller blocks of unknown lists, and says that they are on others", async () => {
    const result = await validateMini({
      kernel: "6.1",
      free: ["1000 0", "1400 10"],
      events: [locked("1400", 0, 1), locked("1000", 0, 1)],
    });
    expect(objections(result)).toEqual(["2 wrong-list"]);
  });

  it("is illegal when its pages were never free", async () => {
    const result = await validateMini({ kernel: "6.12", free: ["1000 3"], events: [locked("1400")] });
    expect(objections(result)).toEqual(["1 not-free"]);
    expect(result.illegalEvents[0]?.around[0]).toBe("pfn 0x1400: not free at the start and not named since");
  });

  it("is illegal a second time", async () => {
    const result = await validateMini({ kernel: "6.1", free: ["1000 0"], events: [locked("1000"), locked("1000")] });
    expect(objections(result)).toEqual(["2 not-free"]);
  });

  it("is illegal across the border of its zone, and misaligned", async () => {
    const events = [locked("0fff"), locked("5000"), locked("1001", 1)];
    const result = await validateMini({ kernel: "6.1", free: ["1000 3"], events });
    expect(objections(result)).toEqual(["1 bad-place", "2 bad-place", "3 bad-place"]);
  });

  it("stays on the list it came from in 6.1, and on its pageblock's in 6.12", async () => {
    const events = [locked("1000", 0, 1), locked("1200", 0, 0), locked("1002", 1, 0)];
    const free = ["1000 3", "1200 0"];
    expect(objections(await validateMini({ kernel: "6.1", free, events }))).toEqual(["3 wrong-list"]);
    expect(objections(await validateMini({ kernel: "6.12", free, events }))).toEqual(["3 wrong-list"]);
  });

  it("comes back unnamed if it was freed and no drain was seen, and that is counted apart", async () => {
    const result = await validateMini({
      kernel: "6.1",
      free: ["1000 1"],
      events: [locked("1000", 1), allocated("1000", 1), freed("1000", 1), locked("1000", 1)],
    });
    expect(objections(result)).toEqual([]);
    expect(result.unnamedByCause).toMatchObject([{ cause: "free_one_page", blocks: 1, pages: 2 }]);
  });

  it("does not come back unnamed while it is allocated", async () => {
    const events = [locked("1000", 1), allocated("1000", 1), locked("1000", 1)];
    expect(objections(await validateMini({ kernel: "6.1", free: ["1000 1"], events }))).toEqual(["3 not-free"]);
  });
});

describe("a page that is in use", () => {
  it("has left the buddy lists by an event", async () => {
    const result = await validateMini({ kernel: "6.1", free: ["1000 3"], events: [locked("1000"), allocated("1001")] });
    expect(objections(result)).toEqual(["2 free-page-in-use"]);
    expect(result).toMatchObject({ events: 2, legal: 1, illegal: 1 });
  });
});
