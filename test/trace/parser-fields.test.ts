import { describe, expect, it } from "vitest";
import { EVENT } from "../../harness/trace/event.ts";
import { isSensitiveAlloc } from "../../harness/trace/stat.ts";
import { GFP } from "../../model/gfp.ts";
import { ALLOC, FIVE_FLAGS_HEADER, parse, parseOne } from "./parse-text.ts";

const P = "            init-1       [001] .....     9.401993: ";
const FREE = "mm_page_free: page=00000000aa5498db pfn=0x2ed84 order=1";

describe("the fields of an event", () => {
  it("give each page event its kind", () => {
    const { events } = parse(`${P}${FREE}
${P}mm_page_free_batched: page=000000006d61a77c pfn=0x2d23 order=0
${P}mm_page_alloc_zone_locked: page=00000000e707d1fc pfn=0x2fe08 order=3 migratetype=2 percpu_refill=1
${P}mm_page_pcpu_drain: page=00000000e707d1fc pfn=0x2fe08 order=3 migratetype=1
${P}mm_page_alloc_extfrag: page=00000000e22a713d pfn=0x8c00 alloc_order=0 fallback_order=10 pageblock_order=9 alloc_migratetype=2 fallback_migratetype=1 fragmenting=0 change_ownership=1
`);
    expect(events.map(({ kind }) => kind)).toEqual([
      EVENT.free,
      EVENT.freeBatched,
      EVENT.zoneLocked,
      EVENT.pcpuDrain,
      EVENT.extfrag,
    ]);
    expect(events[0]).toMatchObject({ pfn: 0x2ed84, order: 1, gfpKnown: 0, migratetype: -1 });
    expect(events[2]).toMatchObject({ pfn: 0x2fe08, order: 3, migratetype: 2, percpuRefill: 1 });
    expect(events[4]).toMatchObject({
      pfn: 0x8c00,
      order: 0,
      migratetype: 2,
      fallbackOrder: 10,
      fallbackMigratetype: 1,
    });
  });

  it("never inherit a value from the line before", () => {
    const { events } = parse(`${P}${ALLOC}\n${P}${FREE}\n`);
    expect(events[1]).toMatchObject({ gfp: 0, gfpKnown: 0, migratetype: -1, percpuRefill: 0 });
  });

  it("take the page number from pfn alone, whatever page= holds", () => {
    for (const page of ["00000000aa5498db", "ffe60e3e800b4c80", "0x2ed84", "0xffffffffbc017274"]) {
      expect(parseOne(`${P}mm_page_free: page=${page} pfn=0x2ed84 order=1\n`).pfn).toBe(0x2ed84);
    }
  });

  it("read the decimal pfn of old kernels", () => {
    expect(parseOne(`${P}mm_page_free: page=ffffea0000b61100 pfn=191876 order=1\n`)).toMatchObject({
      pfn: 191_876,
      order: 1,
    });
  });

  it("call an allocation of the null page failed, in both its spellings, and never an allocation of pfn 0", () => {
    const tail = "order=3 migratetype=1 gfp_flags=GFP_KERNEL";
    const { events, summary } = parse(`${P}mm_page_alloc: page=0000000000000000 pfn=0x0 ${tail}
${P}mm_page_alloc: page=          (null) pfn=0 ${tail}
${P}mm_page_alloc: pfn=0xffffffffffffffff (-1) order=0x3 (3) gfp_flags=0xcc0 (3264) migratetype=0x1 (1)
`);
    expect(events.map(({ failed, pfn, order }) => [failed, pfn, order])).toEqual([
      [1, -1, 3],
      [1, -1, 3],
      [1, -1, 3],
    ]);
    expect(summary).toMatchObject({ failedAllocs: 3, pfnEnd: 0 });
  });

  it("leave the flag word unknown where 6.1 with hash-ptr=0 prints none, and judge by migratetype", () => {
    const line = (type: number) =>
      `${P}mm_page_alloc: page=ff86641a0008c700 pfn=0x231c order=1 migratetype=${type} gfp_flags=\n`;
    expect(parseOne(line(0))).toMatchObject({ gfp: 0, gfpKnown: 0, pfn: 0x231c });
    expect([parseOne(line(0)), parseOne(line(1))].map(isSensitiveAlloc)).toEqual([false, true]);
    expect(parse(line(1)).summary.allocsWithoutGfp).toBe(1);
  });

  it("read options/fields: other order, raw numbers, repeated in decimal", () => {
    const { events } =
      parse(`${P}mm_page_alloc: pfn=0x2d42 (11586) order=0x1 (1) gfp_flags=0x400dc0 (4197824) migratetype=0x0 (0)
${P}mm_page_free_batched: pfn=0x534c (21324)
${P}tlb_flush: reason=0x3 (3) pages=0xffffffffffffffff (-1)
`);
    expect(events[0]).toMatchObject({ pfn: 11_586, order: 1, migratetype: 0, gfp: GFP.KERNEL_ACCOUNT | GFP.ZERO });
    expect(events[1]).toMatchObject({ kind: EVENT.freeBatched, pfn: 21_324, order: 0 });
    expect(events[2]).toMatchObject({ kind: EVENT.tlbFlush, tlbPages: -1, tlbReason: 3 });
  });

  it("read tlb_flush, whose reason has blanks", () => {
    expect(parseOne(`${P}tlb_flush: pages:33 reason:local mm shootdown (3)\n`)).toMatchObject({
      tlbPages: 33,
      tlbReason: 3,
    });
    expect(parseOne(`${P}tlb_flush: pages:-1 reason:flush on task switch (0)\n`)).toMatchObject({
      tlbPages: -1,
      tlbReason: 0,
    });
  });

  it("decode flag names with the values of the trace's kernel", () => {
    const line = `${P}mm_page_alloc: page=00000000aa5498db pfn=0x1 order=0 migratetype=0 gfp_flags=GFP_ATOMIC|__GFP_NOWARN\n`;
    expect([parseOne(line, "6.1").gfp, parseOne(line, "6.12").gfp]).toEqual([0x2a20, 0x2820]);
  });

  it("read `none` and unnamed bits", () => {
    const line = (gfp: string) =>
      `${P}mm_page_alloc: page=00000000aa5498db pfn=0x1 order=0 migratetype=0 gfp_flags=${gfp}\n`;
    expect(parseOne(line("none"))).toMatchObject({ gfp: 0, gfpKnown: 1 });
    expect(parseOne(line("GFP_KERNEL|0x4000000")).gfp).toBe(GFP.KERNEL | 0x400_0000);
  });

  it("report an unknown flag name once, with the line that had it first", () => {
    const line = `${P}mm_page_alloc: page=00000000aa5498db pfn=0x1 order=0 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_COLD\n`;
    const { events, summary } = parse(`${P}${ALLOC}\n${line}${P}${ALLOC}\n${line}`);
    expect(events[1]?.gfp).toBe(GFP.KERNEL);
    expect(summary.unknownGfpNames).toEqual([{ name: "__GFP_COLD", line: 2 }]);
  });

  it("keep marks as text and count events of other names, kprobes included", () => {
    const { events, summary } = parse(`${P}tracing_mark_write: snapshot before begin
${P}page_bulk_ret: (__vmalloc_node_range+0x264/0x880 <- __alloc_pages_bulk) nr=4
${P}mm_compaction_kcompactd_sleep: nid=0
`);
    expect(events.map(({ kind, detail }) => [kind, detail])).toEqual([
      [EVENT.mark, "snapshot before begin"],
      [EVENT.other, "(__vmalloc_node_range+0x264/0x880 <- __alloc_pages_bulk) nr=4"],
      [EVENT.other, "nid=0"],
    ]);
    expect([...summary.otherNames]).toEqual([
      ["page_bulk_ret", 1],
      ["mm_compaction_kcompactd_sleep", 1],
    ]);
  });

  it("skip stack traces", () => {
    const { summary } = parse(
      `${P}${FREE}\n            init-1       [001] .....     9.401999: <stack trace>\n => __alloc_pages\n => copy_process\n`,
    );
    expect(summary).toMatchObject({ events: 1, stackLines: 3, unparsed: 0 });
  });

  it("refuse a line that lacks a field its event always has", () => {
    const { summary } = parse(
      `${P}${FREE}\n${P}mm_page_free: page=00000000aa5498db pfn=0x2e\n${P}mm_page_alloc: page=00000000aa5498db pfn=0x1 order=77 migratetype=0\n`,
    );
    expect(summary).toMatchObject({ events: 1, unparsed: 2 });
    expect(summary.unparsedExamples.map(({ line }) => line)).toEqual([2, 3]);
  });
});

describe("losses", () => {
  it("are told by a header whose two counts differ", () => {
    const text = FIVE_FLAGS_HEADER.replace("2/2", "411/130700");
    expect(parse(`${text}${P}${FREE}\n`).summary).toMatchObject({ lostByHeader: 130_289 });
  });

  it("are told between lines, with a count or without", () => {
    const { summary } = parse(
      `CPU:1 [LOST 146 EVENTS]\n${P}${FREE}\nCPU:0 [LOST EVENTS]\nCPU:0 [349 EVENTS DROPPED]\n`,
    );
    expect(summary).toMatchObject({ lostByMarks: 495, lostUncounted: 1, unparsed: 0, events: 1 });
  });
});

describe("timestamps", () => {
  it("that go backwards are counted, the first with its line", () => {
    const at = (seconds: string) => `            init-1       [001] .....     ${seconds}: ${FREE}\n`;
    const { summary } = parse(at("9.000002") + at("9.000003") + at("9.000001") + at("9.000004") + at("9.000003"));
    expect(summary).toMatchObject({
      backwardTimestamps: 2,
      firstBackwardLine: 3,
      firstMicros: 9_000_002,
      lastMicros: 9_000_003,
    });
  });
});
