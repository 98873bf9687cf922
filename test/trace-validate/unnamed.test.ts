import { describe, expect, it } from "vitest";
import { allocated, compaction, drain, freed, locked, migrated, objections, scanned, validateMini } from "./mini.ts";

const label = (pfn: string, order: number): string[] => [locked(pfn, order), drain(pfn, order)];

describe("pages that compaction takes unnamed", () => {
  it("leave with the scanner's event, every free block in its range", async () => {
    const result = await validateMini({
      kernel: "6.1",
      free: ["1000 0", "1004 2", "1400 10"],
      events: [scanned("1000", "1200", 512, 5), allocated("1400")],
    });
    expect(result.unnamedByCause).toMatchObject([{ cause: "isolate_freepages", blocks: 2, pages: 5 }]);
    expect(objections(result)).toEqual(["2 free-page-in-use"]);
  });

  it("are those that a wide stride looks at, as the number of looks tells", async () => {
    const events = [scanned("1000", "1200", 16, 1), locked("1008", 3)];
    const result = await validateMini({ kernel: "6.1", free: ["1008 3", "1020 0"], events });
    expect(objections(result)).toEqual([]);
    expect(result.unnamedByCause).toMatchObject([{ cause: "isolate_freepages", blocks: 1, pages: 1 }]);
  });

  it("cannot be more than are free in the range", async () => {
    const result = await validateMini({ kernel: "6.1", free: ["1000 0"], events: [scanned("1000", "1200", 512, 2)] });
    expect(objections(result)).toEqual(["1 isolated-too-much"]);
  });

  it("may be freed pages of which no drain was seen", async () => {
    const events = [locked("1000"), freed("1000"), scanned("1000", "1200", 512, 2)];
    const result = await validateMini({ kernel: "6.1", free: ["1000 0", "1004 0"], events });
    expect(objections(result)).toEqual([]);
    expect(result.unnamedByCause.map(({ cause }) => cause)).toEqual(["isolate_freepages", "free_one_page"]);
  });

  it("go to the fast search in 6.1, which prints nothing, as far as migrations need pages", async () => {
    const free = ["1000 0", "1400 0", "1800 10"];
    const known = [...label("1000", 0), ...label("1400", 0)];
    // The task's next allocation might be a captured block; it is another's.
    const run = [compaction("begin"), migrated(1), compaction("end"), allocated("2000")];
    const licensed = await validateMini({ kernel: "6.1", free, events: [...known, ...run, allocated("1000")] });
    expect(objections(licensed)).toEqual([]);
    expect(licensed.unnamedByCause).toMatchObject([{ cause: "fast_isolate_freepages", pages: 1 }]);
    const twice = await validateMini({
      kernel: "6.1",
      free,
      events: [...known, ...run, allocated("1000"), allocated("1400")],
    });
    expect(objections(twice)).toEqual(["10 free-page-in-use"]);
  });

  it("may be captured while they are freed, by the task whose own run has just ended, once", async () => {
    const run = [compaction("begin"), compaction("end")];
    const events = [
      locked("1000", 1),
      drain("1000", 1),
      ...run,
      allocated("1000", 1),
      freed("1000", 1),
      drain("1000", 1),
    ];
    const result = await validateMini({ kernel: "6.1", free: ["1000 1"], events: [...events, allocated("1000", 1)] });
    expect(result.unnamedByCause).toMatchObject([{ cause: "compaction_capture", blocks: 1, pages: 2 }]);
    expect(objections(result)).toEqual(["8 free-page-in-use"]);
  });

  it("were not taken by a run that had ended before they came to the buddy lists", async () => {
    const run = [compaction("begin"), migrated(4), compaction("end"), allocated("2000")];
    const result = await validateMini({
      kernel: "6.1",
      free: ["1000 0"],
      events: [...run, ...label("1000", 0), allocated("1000")],
    });
    expect(objections(result)).toEqual(["7 free-page-in-use"]);
  });

  it("are free after all when they leave by an event", async () => {
    const free = ["1000 0", "1004 2", "1800 10"];
    const known = [...label("1000", 0), ...label("1004", 2)];
    const run = [compaction("begin"), migrated(1), compaction("end")];
    // The smaller block is assumed gone, and then turns up.
    const result = await validateMini({
      kernel: "6.1",
      free,
      events: [...known, ...run, locked("1004"), locked("1000")],
    });
    expect(result).toMatchObject({ illegal: 0, unnamed: 0 });
  });
});

describe("a freed page of which no drain is seen", () => {
  it("explains why its buddy could not be taken, by merging with it", async () => {
    const events = [...label("1000", 0), freed("1001"), locked("1400"), locked("1000", 1)];
    const result = await validateMini({ kernel: "6.1", free: ["1000 0", "1400 1"], events });
    expect(objections(result)).toEqual([]);
  });

  it("is not assumed back without need", async () => {
    const result = await validateMini({
      kernel: "6.1",
      free: ["1000 1"],
      events: [locked("1000"), freed("1000"), locked("1001")],
    });
    expect(result).toMatchObject({ illegal: 0, unnamed: 0 });
  });
});
