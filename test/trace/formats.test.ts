import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TraceEvent } from "../../harness/trace/event.ts";
import { TraceParser } from "../../harness/trace/parser.ts";
import { InputError } from "../../model/failure.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import type { Parsed } from "./parse-text.ts";
import { parse } from "./parse-text.ts";
import { EXCERPT_FACTS, factsOf } from "./sample-facts.ts";

/** Beginnings, or the surroundings of a loss, of recordings of two kernels by three tools in every form they print. */
const FOLDER = "test/fixtures/trace-formats";
const KERNELS: readonly KernelVersion[] = ["6.1", "6.12"];

describe("an excerpt of a real recording", () => {
  it.each(EXCERPT_FACTS)("%s/%s is %s text in %s: %s on %i CPUs, %i lost, %i stack lines", (kernel, name, ...facts) => {
    const { summary } = excerpt(kernel, name);
    expect(factsOf(summary)).toEqual(facts);
    expect(summary).toMatchObject({ unparsed: 0, unknownGfpNames: [], backwardTimestamps: 0, lostUncounted: 0 });
  });

  it("is named in the table of facts unless it is refused as no trace", () => {
    const named = EXCERPT_FACTS.map(([kernel, name]) => join(kernel, `${name}.txt`));
    const files = KERNELS.flatMap((kernel) => readdirSync(join(FOLDER, kernel)).map((file) => join(kernel, file)));
    expect(files.filter((file) => !named.includes(file)).sort()).toEqual(
      KERNELS.flatMap((kernel) => NOT_TRACES.map(([file]) => join(kernel, file))).sort(),
    );
  });
});

describe.each(KERNELS)("the same recording of %s", (kernel) => {
  const events = (name: string) => excerpt(kernel, name).events;

  it("gives the same records from trace-cmd report plain and with -t: nanoseconds are rounded as trace-cmd rounds", () => {
    expect(events("trace-cmd-report-t")).toEqual(events("trace-cmd-report"));
  });

  it("gives the same records from trace-cmd report plain and raw (-R): every flag name has its number's value", () => {
    expect(numbersOf(events("trace-cmd-report-R"))).toEqual(numbersOf(events("trace-cmd-report")));
  });

  it("gives the same records from trace-cmd report plain and -l, which adds the context and cuts names", () => {
    const latency = events("trace-cmd-report-l");
    const withoutContext = latency.map((event) => ({ ...event, ...NO_CONTEXT }));
    expect(numbersOf(withoutContext)).toEqual(numbersOf(events("trace-cmd-report")));
    expect(latency.map(({ comm }) => comm)).toEqual(events("trace-cmd-report").map(({ comm }) => comm.slice(0, 8)));
    expect(latency.every(({ flagsKnown }) => flagsKnown === 1)).toBe(true);
    expect(latency.some(({ preemptDepth }) => preemptDepth === 2)).toBe(true);
  });

  it("gives the same records from perf script plain and --ns: nanoseconds are cut as perf cuts", () => {
    expect(events("perf-script-ns")).toEqual(events("perf-script"));
  });

  it("gives the same records from perf script plain and -F, which adds the process", () => {
    const withProcess = events("perf-script-F");
    expect(withProcess.every(({ tgid, pid }) => tgid === pid)).toBe(true);
    expect(withProcess.map((event) => ({ ...event, tgid: -1 }))).toEqual(events("perf-script"));
  });

  it("gives the same records from perf script with and without --header, which tells kernel and CPUs", () => {
    const { events: headed, summary } = excerpt(kernel, "perf-script-header");
    expect(headed).toHaveLength(22);
    const plain = events("perf-script").slice(0, 22);
    expect(headed.map((event) => ({ ...event, line: 0 }))).toEqual(plain.map((event) => ({ ...event, line: 0 })));
    expect(summary.header).toMatchObject({ cpus: 2, kernelRelease: expect.stringContaining(`${kernel}.`) });
  });
});

describe("the values of flag names", () => {
  const atomic = (kernelAssumed: boolean, header: string) => {
    const seen: number[] = [];
    const parser = new TraceParser({ kernel: "6.12", kernelAssumed, file: "t", onEvent: ({ gfp }) => seen.push(gfp) });
    const line =
      "    init-1         1..... 25303us!: mm_page_alloc: page=1 pfn=0x1 order=0 migratetype=0 gfp_flags=GFP_ATOMIC\n";
    parser.push(new TextEncoder().encode(`${header}${line}`));
    return [parser.finish().kernel, ...seen];
  };
  const latency = (release: string) => `# nop latency trace v1.1.5 on ${release}\n# latency: 0 us, #1/1, CPU#0 |\n`;

  it("follow a header that names the kernel where nobody told it, and never one that contradicts", () => {
    expect(atomic(true, latency("6.1.0-56-amd64"))).toEqual(["6.1", 0xa20]);
    expect(atomic(false, latency("6.1.0-56-amd64"))).toEqual(["6.12", 0x820]);
    expect(atomic(true, latency("6.13.2"))).toEqual(["6.12", 0x820]);
  });
});

describe("what differs between the forms of one event", () => {
  it("6.1 prints no flags with hash-ptr=0: 21 allocations of unknown flags, none in 6.12", () => {
    expect(excerpt("6.1", "tracefs-mono-nohashptr").summary.allocsWithoutGfp).toBe(21);
    expect(excerpt("6.12", "tracefs-mono-nohashptr").summary.allocsWithoutGfp).toBe(0);
  });

  it("record-tgid tells the process of every line, irq-info=0 no context, context-info=0 neither CPU nor time", () => {
    for (const kernel of KERNELS) {
      expect(excerpt(kernel, "tracefs-mono-tgid").events.every(({ tgid }) => tgid > 0)).toBe(true);
      expect(excerpt(kernel, "tracefs-mono-noirqinfo").events.some(({ flagsKnown }) => flagsKnown === 1)).toBe(false);
      expect(excerpt(kernel, "tracefs-mono-nocontext").events.some(({ contextKnown }) => contextKnown === 1)).toBe(
        false,
      );
    }
  });

  it("latency-format tells the kernel", () => {
    for (const kernel of KERNELS) {
      const { header } = excerpt(kernel, "tracefs-mono-latencyfmt").summary;
      expect(header.kernelRelease).toMatch(`${kernel}.`);
    }
  });

  it("the flush of a task switch is the same record from tracefs, trace-cmd, its raw form, fields and perf", () => {
    const flush = (prefix: string, fields: string) => numbersOf(parse(`${prefix}tlb_flush: ${fields}\n`).events);
    const wide = "          <idle>-0       [000]     5.000001: ";
    const expected = flush(wide, "pages:-1 reason:flush on task switch (0)");
    expect(expected[0]).toMatchObject({ tlbPages: -1, tlbReason: 0, pid: 0, cpu: 0, micros: 5_000_001 });
    expect(flush(wide, "           pages=-1 reason=flush on task switch (0)")).toEqual(expected);
    expect(flush(wide, "           reason=0 pages=-1")).toEqual(expected);
    expect(flush(wide, "reason=0x0 (0) pages=0xffffffffffffffff (-1)")).toEqual(expected);
    const perf = "         swapper     0 [000]     5.000001:                  tlb:";
    expect(flush(perf, "pages:-1 reason:flush on task switch (0)")).toEqual(expected);
  });
});

const NO_TEXT = "TRACE-NO-EVENTS";
/** What lies beside recordings and holds no event, with the word of its hint that helps. */
const NOT_TRACES: readonly (readonly [file: string, hint: string])[] = [
  ["kallsyms.txt", "kallsyms"],
  ["kprobe_events.txt", "kprobe_events"],
  ["perf-record-g.log", "`perf script`"],
  ["perf-record-lost.log", "`perf script`"],
  ["perf-record.log", "`perf script`"],
  ["perf.version.txt", "version of a tool"],
  ["trace-cmd-record-lost.log", "`trace-cmd report`"],
  ["trace-cmd-record.log", "`trace-cmd report`"],
  ["trace-cmd.version.txt", "version of a tool"],
  ["tracefs-overrun.cpu0-stats.txt", "per_cpu/cpuN/stats"],
];

describe.each(KERNELS)("a neighbour of the recordings of %s", (kernel) => {
  it.each(NOT_TRACES)("%s is refused as holding no event, and told by its looks: %s", (file, hint) => {
    const refused = refusal(() => parse(readFileSync(join(FOLDER, kernel, file))));
    expect(refused).toMatchObject({ code: NO_TEXT, hint: expect.stringContaining(hint) });
  });
});

const NO_CONTEXT = { flagsKnown: 0, irqsOff: 0, bhOff: 0, hardirq: 0, softirq: 0, nmi: 0, preemptDepth: 0 };

function excerpt(kernel: KernelVersion, name: string): Parsed {
  return parse(readFileSync(join(FOLDER, kernel, `${name}.txt`)), [], kernel);
}

/** Records without their texts. */
function numbersOf(events: Parsed["events"]): TraceEvent[] {
  return events.map(({ comm: _comm, detail: _detail, ...numbers }) => numbers);
}

function refusal(run: () => unknown): InputError {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error("the text was taken");
}
