import { describe, expect, it } from "vitest";
import { completeBlockTypes } from "../../harness/trace-replay/block-types.ts";
import { FirstReading } from "../../harness/trace-replay/first-reading.ts";
import { recordedHighMax } from "../../harness/trace-replay/high-max.ts";
import { MapMoment } from "../../harness/trace-replay/map-moment.ts";
import { readBuddyinfo, readPagetypeinfo, readZoneinfo } from "../../harness/trace-replay/proc-snapshot.ts";
import { InputError } from "../../model/failure.ts";
import { alloc, by, drain, free, freeMap, META, mark, read, zoneLocked } from "./trace-text.ts";

const a = (event: string): string => by("a-7", 0, event);

async function firstReading(lines: readonly string[]): Promise<FirstReading> {
  const reading = new FirstReading(2048, 9, await freeMap());
  await read(lines, (event, text) => reading.take(event, text));
  return reading;
}

describe("the first reading", () => {
  it("finds on the pcplists what is given out or drained before anything else names it", async () => {
    const { listed } = await firstReading([a(alloc(1, 0, 1)), a(drain(2, 1)), a(free(4)), a(alloc(4))]);
    expect(listed).toEqual([
      { pfn: 1, order: 0, migratetype: 1, cpu: 0, how: "taken" },
      { pfn: 2, order: 1, migratetype: 0, cpu: 0, how: "drained" },
    ]);
  });

  it("tells a pageblock's type by the first event that depends on it", async () => {
    const lines = [a(zoneLocked(0x400, 0, 2)), a(zoneLocked(0x401, 0, 1)), a(free(0x201)), a(alloc(0x201, 0, 1))];
    expect([...(await firstReading(lines)).typeOfBlock]).toEqual([-1, 1, 2, -1, -1]);
  });

  it("takes no block for listed that is half in the free map", async () => {
    expect((await firstReading([a(drain(0x3ff, 1))])).listed).toEqual([]);
  });
});

describe("the free map's moment", () => {
  const inSnapshot = (...lines: string[]): string[] => [a(mark("snapshot before begin")), ...lines];
  const end = a(mark("snapshot before end"));

  async function momentOf(lines: readonly string[]): Promise<number> {
    const moment = new MapMoment(2048, await freeMap());
    await read(lines, (event, text) => moment.take(event, text));
    return moment.eventsBefore;
  }

  it("lies behind the drain of a page that the map has free, and before its refill", async () => {
    expect(await momentOf([...inSnapshot(a(drain(0x400)), a(zoneLocked(0x400))), end])).toBe(2);
  });

  it("is the beginning where nothing contradicts it, or no snapshot ends", async () => {
    expect(await momentOf([...inSnapshot(a(zoneLocked(0x400))), end])).toBe(0);
    expect(await momentOf(inSnapshot(a(drain(0x400)), a(zoneLocked(0x400))))).toBe(0);
  });
});

const PAGETYPEINFO = `Page block order: 9
Free pages count per migrate type at order       0      1      2      3      4      5      6      7      8      9     10
Node    0, zone    DMA32, type    Unmovable      0      0      0      0      0      0      0      0      0      1      0
Node    0, zone    DMA32, type      Movable      0      0      0      0      0      0      0      0      0      1      0
Number of blocks type     Unmovable      Movable  Reclaimable
Node 0, zone    DMA32            1            1            2
`;

describe("pagetypeinfo's counts", () => {
  const text = { file: "pagetypeinfo", text: PAGETYPEINFO };
  const free = [
    { pfn: 0x400, order: 9 },
    { pfn: 0x600, order: 9 },
  ];

  it("leave one type for the second pageblock once an event has told the first's", () => {
    const types = Int8Array.from([-1, -1, 0, -1]);
    const found = completeBlockTypes(types, 9, free, META.zones, readPagetypeinfo(text));
    expect(found).toMatchObject({ byEvents: 1, byCounts: 1, guessed: 0 });
    expect([...found.types]).toEqual([1, 1, 0, 1]);
  });

  it("leave a guess where two types fit: movable, as at boot", () => {
    const found = completeBlockTypes(new Int8Array(4).fill(-1), 9, free, META.zones, readPagetypeinfo(text));
    expect(found).toMatchObject({ byEvents: 0, byCounts: 0, guessed: 2 });
    expect([...found.types]).toEqual([1, 1, 1, 0]);
  });
});

describe("texts of /proc", () => {
  it("zoneinfo tells each CPU's list sizes", () => {
    const text = `Node 0, zone    DMA32
  pages free     138645
  pagesets
    cpu: 0
              count: 2204
              high:  5415
              batch: 31
    cpu: 1
              count: 666
              high:  5415
              batch: 31
`;
    const sizes = { high: 5415, batch: 31 };
    expect(readZoneinfo({ file: "z", text })).toEqual([
      {
        zone: "DMA32",
        node: 0,
        free: 138_645,
        pagesets: [
          { count: 2204, ...sizes },
          { count: 666, ...sizes },
        ],
      },
    ]);
  });

  it("that are none are refused", () => {
    const none = { file: "z", text: "nothing\n" };
    for (const reader of [readZoneinfo, readBuddyinfo, readPagetypeinfo])
      expect(() => reader(none)).toThrow(InputError);
  });
});

describe("the lists' upper limit", () => {
  const [dma, dma32] = [
    { ...(META.zones[0] as (typeof META.zones)[number]), name: "DMA", managed: 3840 },
    { ...(META.zones[0] as (typeof META.zones)[number]), name: "DMA32", managed: 114_388 },
  ];
  const limit = (kbytes: number) =>
    recordedHighMax({ file: "sysctl", text: `vm.min_free_kbytes = ${kbytes}\n` }, [dma, dma32], dma32, 2);

  it("of pageioxfs612 is an eighth of what the zone had before the ram disk was given back, by CPU", () => {
    expect(limit(2725)).toBe(7014);
  });

  it("is not told by a min_free_kbytes that somebody has chosen", () => {
    expect([limit(35_420), limit(100)]).toEqual([undefined, undefined]);
  });
});
