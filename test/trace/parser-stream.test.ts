import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TRACE_LINE_BYTES_MAX } from "../../harness/trace/line-splitter.ts";
import { InputError } from "../../model/failure.ts";
import { ALLOC, FIVE_FLAGS_HEADER, parse } from "./parse-text.ts";

const P = "            init-1       [001] .....     9.401993: ";
const FREE = "mm_page_free: page=00000000aa5498db pfn=0x2ed84 order=1";

const MIXED = `CPU:1 [LOST 146 EVENTS]
${FIVE_FLAGS_HEADER}${P}${ALLOC}
  kworker/0:1H-c-4711    [000] d.s3.     9.401994: ${FREE}
 => symbol
   tmux: server -71      (-------) [001] .....     9.401990: tlb_flush: pages:-1 reason:flush on task switch (0)

rubbish
bash-370 [001] ..... 9.5: nothing
${P}mm_page_alloc: page=0000000000000000 pfn=0x0 order=3 migratetype=1 gfp_flags=GFP_KERNEL|__GFP_COLD
${P}mm_page_alloc: pfn=0x2d42 (11586) order=0x1 (1) gfp_flags=0x400dc0 (4197824) migratetype=0x0 (0)
${P}tracing_mark_write: grüße\r
${P}${FREE}`;

const PERF = `# ========
# nrcpus online : 2
#
swapper     0 [000]     5.100937: PERF_RECORD_LOST lost 111
migration/1    26/26    [001]   107.756184083:                  tlb:tlb_flush: pages:-1 reason:flush on task switch (0)

#x 1 [2]   457 [001]   107.756955:          1 kmem:mm_page_alloc: page=0x2cf1 pfn=0x2cf1 order=0 migratetype=0 gfp_flags=GFP_KERNEL
\tffffffffae4f9486 __alloc_pages+0x256 ([kernel.kallsyms])
            perf   457 [001]   107.756956: sched:sched_switch: prev_comm=perf
            perf   457 [001]   107.756957:              kmem:mm_page_free: page=0x2cf1 pfn=0x2cf1 order=0
            perf   457 [001]   107.756958: PERF_RECORD_LOST_SAMPLES lost
            perf   457 [001]   107.75`;

const TRACE_CMD = `version = 7
CPU 1 is empty
cpus=2
#x [1] b-457     1.....    61.525505: mm_page_alloc:        page=0xffffffffaf617886 pfn=0x2156 order=1 migratetype=0 gfp_flags=none
    bash-358     1d..2.    61.525505: mm_page_alloc:        page=0xffffffffaf617886 pfn=0x2156 order=1 migratetype=0 gfp_flags=none
CPU:0 [349 EVENTS DROPPED]
trace-cm-416     0d..2.    72.604676: tlb_flush:            pages=-1 reason=flush on task switch (0)
trace-cm-416     0d..2.    72.604676: kernel_stack:         <stack trace >
=> __schedule (ffffffff81a0)
    => a-416     0....        345: mm_page_free_batched:  pfn=0x449f
    init-1         1..... 25303us!: mm_page_free: page=00000000aa5498db pfn=0x1 order=0
    init-1         1..... 2530`;

describe.each([
  ["tracefs", MIXED, 7],
  ["perf", PERF, 4],
  ["trace-cmd", TRACE_CMD, 5],
])("chunks of %s text", (format, text, count) => {
  it("of any size give the same events and the same counts", () => {
    const bytes = new TextEncoder().encode(text);
    const whole = parse(bytes);
    expect(whole.events).toHaveLength(count);
    expect(whole.summary.format).toBe(format);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
        expect(parse(bytes, cuts)).toEqual(whole);
      }),
      { seed: 1, numRuns: 300 },
    );
    expect(parse(bytes, Array.from(bytes.keys()))).toEqual(whole);
  });

  it("of any size give the same events even if bytes of the text are overwritten", () => {
    const bytes = new TextEncoder().encode(text);
    const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.constantFrom(..."\n -:[].=0x(9d\u0000".split(""))), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(damage, fc.array(fc.nat(bytes.length), { maxLength: 20 }), (writes, cuts) => {
        const damaged = bytes.slice();
        for (const [at, character] of writes) damaged[at] = character.charCodeAt(0);
        expect(outcome(() => parse(damaged, cuts))).toEqual(outcome(() => parse(damaged)));
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});

describe("what is not a trace", () => {
  it("is refused when empty", () => {
    expect(refusal("")).toMatchObject({ code: "FILE-EMPTY" });
  });

  it("is refused when it has a header and no event, with the header's own word for it", () => {
    const error = refusal(FIVE_FLAGS_HEADER.replace("2/2", "0/0"));
    expect(error).toMatchObject({ code: "TRACE-NO-EVENTS", hint: expect.stringContaining("nothing was recorded") });
  });

  it("is refused when it is text of another kind, showing its first line", () => {
    const error = refusal("dear diary,\n".repeat(300));
    expect(error).toMatchObject({ code: "TRACE-NO-EVENTS" });
    expect(error.message).toBe("t.trace: no trace event in the first 200 lines. Line 1 begins: dear diary,");
  });

  it("is refused as binary, and trace.dat recognised", () => {
    const dat = refusal("\u0017\u0008Dtracing\u00006\u0000\u0000\n");
    expect(dat).toMatchObject({ code: "TRACE-BINARY", hint: expect.stringContaining("trace-cmd report") });
    expect(refusal("\u0000".repeat(5000))).toMatchObject({ code: "TRACE-BINARY" });
  });

  it("is refused for one line of a megabyte, naming the line, without keeping the megabyte", () => {
    const error = refusal(`${P}${FREE}\n${P}tracing_mark_write: ${"x".repeat(1_000_000)}\n`);
    expect(error).toMatchObject({ code: "TRACE-LINE-TOO-LONG" });
    expect(error.message).toContain("t.trace:2: ");
  });

  it("begins just beyond the longest line taken", () => {
    const mark = (length: number) => `${`${P}tracing_mark_write: `.padEnd(length, "x")}\n`;
    expect(parse(mark(TRACE_LINE_BYTES_MAX)).summary.events).toBe(1);
    expect(refusal(mark(TRACE_LINE_BYTES_MAX + 1)).code).toBe("TRACE-LINE-TOO-LONG");
  });
});

describe("a last line without newline", () => {
  it("is read, and the file marked as possibly cut", () => {
    expect(parse(`${P}${FREE}`).summary).toMatchObject({ events: 1, unterminated: true });
    expect(parse(`${P}${FREE}\r\n`).summary).toMatchObject({ events: 1, unterminated: false });
  });
});

function refusal(text: string): InputError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error("the text was taken");
}

/** Result or refusal, as something to compare. */
function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (error instanceof InputError) return [error.code, error.message];
    throw error;
  }
}
