import { describe, expect, it } from "vitest";
import { EVENT } from "../../harness/trace/event.ts";
import { GFP } from "../../model/gfp.ts";
import { ALLOC, FIVE_FLAGS_HEADER, parse, parseOne } from "./parse-text.ts";

const PREFIX = "            init-1       [001] .....     9.401993: ";

describe("a line of the trace", () => {
  it("gives CPU, microseconds, task, page, order, type and flag word", () => {
    expect(parseOne(`${FIVE_FLAGS_HEADER}${PREFIX}${ALLOC}\n`)).toMatchObject({
      kind: EVENT.alloc,
      line: 13,
      contextKnown: 1,
      cpu: 1,
      pid: 1,
      comm: "init",
      micros: 9_401_993,
      flagsKnown: 1,
      irqsOff: 0,
      preemptDepth: 0,
      pfn: 0x2ed84,
      order: 1,
      migratetype: 0,
      gfp: GFP.KERNEL_ACCOUNT | GFP.ZERO,
      gfpKnown: 1,
      failed: 0,
    });
  });

  it.each([
    ["d..3.", { irqsOff: 1, bhOff: 0, hardirq: 0, softirq: 0, nmi: 0, preemptDepth: 3 }],
    ["bN...", { irqsOff: 0, bhOff: 1, hardirq: 0, softirq: 0, nmi: 0, preemptDepth: 0 }],
    ["D.sa.", { irqsOff: 1, bhOff: 1, hardirq: 0, softirq: 1, nmi: 0, preemptDepth: 10 }],
    ["dNh1.", { irqsOff: 1, bhOff: 0, hardirq: 1, softirq: 0, nmi: 0, preemptDepth: 1 }],
    ["d.H2.", { irqsOff: 1, bhOff: 0, hardirq: 1, softirq: 1, nmi: 0, preemptDepth: 2 }],
    ["d.z..", { irqsOff: 1, bhOff: 0, hardirq: 0, softirq: 0, nmi: 1, preemptDepth: 0 }],
    ["d.Z..", { irqsOff: 1, bhOff: 0, hardirq: 1, softirq: 0, nmi: 1, preemptDepth: 0 }],
  ])("reads the context out of the five flags %s", (flags, expected) => {
    const line = `            init-1       [001] ${flags}     9.401993: ${ALLOC}\n`;
    expect(parseOne(FIVE_FLAGS_HEADER + line)).toMatchObject(expected);
    expect(parseOne(line)).toMatchObject(expected);
  });

  it("reads the four flags of kernels without migrate-disable", () => {
    const header = FIVE_FLAGS_HEADER.replace(/^.*migrate-disable\n/m, "");
    const line = `            init-1       [001] d.s2     9.401993: ${ALLOC}\n`;
    expect(parseOne(header + line)).toMatchObject({ irqsOff: 1, softirq: 1, preemptDepth: 2 });
  });

  it("counts the flags from the legend: with PREEMPT_RT's seven the softirq stands fourth", () => {
    const header = `#                                _-------=> irqs-off/BH-disabled
#                               / _------=> need-resched
#                              | / _-----=> need-resched-lazy
#                              || / _----=> hardirq/softirq
#                              ||| / _---=> preempt-depth
#                              |||| / _--=> preempt-lazy-depth
#                              ||||| / _-=> migrate-disable
`;
    const line = `            init-1       [001] b..s4..     9.401993: ${ALLOC}\n`;
    expect(parseOne(header + line)).toMatchObject({ bhOff: 1, softirq: 1, preemptDepth: 4 });
  });

  it("does not guess at flags of another width than the legend's", () => {
    const { summary } = parse(
      `${FIVE_FLAGS_HEADER}${PREFIX}${ALLOC}\n            init-1       [001] d.s2     9.401994: ${ALLOC}\n`,
    );
    expect(summary).toMatchObject({ events: 1, unparsed: 1 });
    expect(summary.unparsedExamples).toEqual([{ line: 14, text: expect.stringContaining("d.s2") }]);
  });

  it.each([
    ["kworker/0:1H-cgroup", "  kworker/0:1H-c-4711    [000] ", "kworker/0:1H-c", 4711],
    ["a dash and digits", "     jbd2/vda-8-153     [001] ", "jbd2/vda-8", 153],
    ["parentheses", "        (sd-pam)-99     [001] ", "(sd-pam)", 99],
    ["the idle task", "          <idle>-0       [001] ", "<idle>", 0],
    ["a forgotten name", "           <...>-4242    [001] ", "<...>", 4242],
    ["blanks", "   tmux: server -71      [001] ", "tmux: server ", 71],
    ["brackets", "    x [9] y: z: -71      [001] ", "x [9] y: z: ", 71],
    ["a copy of a line's beginning", " a-1 [7] 5.000: -72      [001] ", "a-1 [7] 5.000: ", 72],
  ])("takes a task name with %s as it stands", (_what, prefix, comm, pid) => {
    const cpu = prefix.includes("[000]") ? 0 : 1;
    expect(parseOne(`${prefix}.....     9.401993: ${ALLOC}\n`)).toMatchObject({ comm, pid, cpu, pfn: 0x2ed84 });
  });

  it("makes terminal escapes and broken UTF-8 in a task name harmless", () => {
    const bytes = new TextEncoder().encode(`        ab\u001b[2Jcd-71      [001] .....     9.401993: ${ALLOC}\n`);
    bytes[8] = 0xff;
    expect(parse(bytes).events[0]).toMatchObject({ comm: "\ufffdb?[2Jcd", pid: 71 });
  });

  it("finds the task in lines of another width", () => {
    expect(parseOne(`bash-370 [001] ..... 9.401993: ${ALLOC}\n`)).toMatchObject({ comm: "bash", pid: 370, cpu: 1 });
  });

  it("reads the thread group of record-tgid, known or not", () => {
    const known = `            true-298     (    290) [001] .....    21.142018: ${ALLOC}\n`;
    const unknown = `            true-298     (-------) [001] .....    21.142018: ${ALLOC}\n`;
    expect(parseOne(known)).toMatchObject({ pid: 298, tgid: 290, cpu: 1, micros: 21_142_018 });
    expect(parseOne(unknown)).toMatchObject({ pid: 298, tgid: -1, cpu: 1, micros: 21_142_018 });
  });

  it("says that flags are not known with irq-info off", () => {
    expect(parseOne(`            init-1       [000]     23.967761: ${ALLOC}\n`)).toMatchObject({
      flagsKnown: 0,
      cpu: 0,
      micros: 23_967_761,
    });
  });

  it("says that CPU and time are not known with context-info off", () => {
    expect(parseOne(`${ALLOC}\n`)).toMatchObject({ contextKnown: 0, cpu: -1, micros: -1, pfn: 0x2ed84, comm: "" });
  });

  it.each([
    ["tai", "1795360862.792911:", 1_795_360_862_792_911, "seconds"],
    ["x86-tsc", " 92496252487:", 92_496_252_487, "ticks"],
    ["counter", "           4:", 4, "ticks"],
    ["nanoseconds of trace-cmd, rounded", "9.401993517:", 9_401_994, "seconds"],
    ["nanoseconds of trace-cmd, rounded over a second", "9.999999500:", 10_000_000, "seconds"],
  ])("reads the clock %s", (_clock, time, micros, clock) => {
    const { events, summary } = parse(`            init-1       [000] ..... ${time} ${ALLOC}\n`);
    expect(events[0]?.micros).toBe(micros);
    expect(summary.clock).toBe(clock);
  });

  it("reads latency-format, its kernel release and its losses", () => {
    const { events, summary } = parse(`# tracer: nop
#
# nop latency trace v1.1.5 on 6.12.107+deb13-amd64
# latency: 0 us, #64850/64857, CPU#0 | (M:desktop VP:0, KP:0, SP:0 HP:0 #P:2)
#                    _------=> CPU#
#                   / _-----=> irqs-off/BH-disabled
#                  | / _----=> need-resched
#                  || / _---=> hardirq/softirq
#                  ||| / _--=> preempt-depth
#                  |||| / _-=> migrate-disable
    init-1         1..... 25303us!: ${ALLOC}
    init-1        12d.s3. 25460us : mm_page_free: page=00000000aa5498db pfn=0x41e8 order=0
`);
    expect(events[0]).toMatchObject({ comm: "init", pid: 1, cpu: 1, micros: 25_303, kind: EVENT.alloc });
    expect(events[1]).toMatchObject({ cpu: 12, irqsOff: 1, softirq: 1, preemptDepth: 3, kind: EVENT.free });
    expect(summary).toMatchObject({ clock: "relative", lostByHeader: 7 });
    expect(summary.header.kernelRelease).toBe("6.12.107+deb13-amd64");
  });
});
