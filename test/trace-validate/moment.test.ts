import { describe, expect, it } from "vitest";
import { allocated, drain, freed, locked, objections, validateMini } from "./mini.ts";

describe("a free map that was read while the machine went on", () => {
  it("has the events before its moment in it already, and they are not judged", async () => {
    const events = [locked("1000"), drain("1400"), locked("1001"), locked("1002", 1)];
    const result = await validateMini({ kernel: "6.1", free: ["1001 0", "1002 1", "1400 0"], events, moving: true });
    expect(objections(result)).toEqual([]);
    expect(result).toMatchObject({ events: 2, beforeFreeMap: 2, freeMapLine: 3 });
  });

  it("lets no later event be explained away", async () => {
    const events = [locked("1000"), locked("1001"), locked("1000")];
    const result = await validateMini({ kernel: "6.1", free: ["1000 1"], events, moving: true });
    expect(objections(result)).toEqual(["3 not-free"]);
  });
});

describe("the free map that was read afterwards", () => {
  const free = ["1000 3"];
  const events = [locked("1000"), allocated("1000"), locked("1001"), freed("1000"), drain("1000")];

  it("is equal to what the events lead to", async () => {
    const result = await validateMini({ kernel: "6.1", free, events, freeAfter: ["1000 0", "1002 1", "1004 2"] });
    expect(result.end).toMatchObject({ pages: 0x4000, pagesDiffering: 0 });
  });

  it("is compared page by page and order by order", async () => {
    const result = await validateMini({ kernel: "6.1", free, events, freeAfter: ["1000 0", "1004 2", "1010 0"] });
    expect(result.end?.pagesDiffering).toBe(3);
    const [zone] = result.end?.zones ?? [];
    expect(zone?.pagesFromOrder.slice(0, 4)).toEqual([7, 6, 4, 0]);
    expect(zone?.pagesFromOrderRecorded.slice(0, 4)).toEqual([6, 4, 4, 0]);
  });
});

describe("the types of pageblocks", () => {
  it("that events determined stand beside the numbers of /proc/pagetypeinfo", async () => {
    const pagetypeinfo = `Free pages count per migrate type at order       0      1
Node    0, zone    DMA32, type    Unmovable      1      0

Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic      Isolate
Node 0, zone    DMA32           20           10            2            0            0
Node 1, zone    DMA32            1            1            1            0            0
`;
    const events = [locked("1000", 0, 0), freed("1000"), drain("1000", 0, 0), locked("1200", 0, 2)];
    const result = await validateMini({ kernel: "6.12", free: ["1000 0", "1200 0", "1400 0"], events, pagetypeinfo });
    expect(result.pageblockTypes.map(({ type, determined, recorded }) => [type, determined, recorded])).toEqual([
      ["Unmovable", 1, 20],
      ["Movable", 0, 10],
      ["Reclaimable", 1, 2],
      ["HighAtomic", 0, 0],
    ]);
  });
});
