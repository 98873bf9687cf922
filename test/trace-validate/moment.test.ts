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
