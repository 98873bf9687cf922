import { describe, expect, it } from "vitest";
import { allocated, allocatedAtomic, drain, locked, objections, validateMini } from "./mini.ts";

const [UNMOVABLE, HIGHATOMIC] = [0, 3];
const free = ["1000 3", "1400 10"];
const known = [locked("1000", 3, UNMOVABLE), drain("1000", 3, UNMOVABLE), locked("1000", 1, UNMOVABLE)];

describe("the reserve for high-order atomic requests", () => {
  it.each(["6.1", "6.12"] as const)(
    "takes a pageblock without an event once an atomic request was given a block of it (%s)",
    async (kernel) => {
      const events = [
        ...known,
        allocatedAtomic("1000", 1),
        locked("1002", 1, HIGHATOMIC),
        locked("1004", 1, HIGHATOMIC),
      ];
      const result = await validateMini({ kernel, free, events });
      expect(objections(result)).toEqual([]);
      expect(result.unnamedByCause).toMatchObject([{ cause: "reserve_highatomic_pageblock", blocks: 1, pages: 512 }]);
    },
  );

  it("explains why smaller blocks of the pageblock were passed over", async () => {
    const events = [...known, allocatedAtomic("1000", 1), locked("1400", 0, UNMOVABLE)];
    expect(objections(await validateMini({ kernel: "6.12", free, events }))).toEqual([]);
  });

  it("gives the pageblock back to the type that needs it, and not twice without a new licence", async () => {
    const reserved = [...known, allocatedAtomic("1000", 1), locked("1002", 1, HIGHATOMIC)];
    const events = [...reserved, locked("1004", 1, UNMOVABLE), locked("1006", 1, HIGHATOMIC)];
    const result = await validateMini({ kernel: "6.12", free, events });
    expect(objections(result)).toEqual(["7 wrong-list"]);
    expect(result.unnamedByCause.map(({ cause }) => cause)).toContain("unreserve_highatomic_pageblock");
  });

  it("takes nothing for a request that may reclaim, nor for a single page", async () => {
    const reclaiming = [...known, allocated("1000", 1), locked("1002", 1, HIGHATOMIC)];
    expect(objections(await validateMini({ kernel: "6.12", free, events: reclaiming }))).toEqual(["5 wrong-list"]);
    const single = [locked("1000", 3, UNMOVABLE), drain("1000", 3, UNMOVABLE), locked("1000", 0, UNMOVABLE)];
    const events = [...single, allocatedAtomic("1000", 0), locked("1001", 0, HIGHATOMIC)];
    expect(objections(await validateMini({ kernel: "6.12", free, events }))).toEqual(["5 wrong-list"]);
  });
});
