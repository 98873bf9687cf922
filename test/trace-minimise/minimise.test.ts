import { describe, expect, it } from "vitest";
import { findDesign } from "../../harness/find-design.ts";
import { EVENT } from "../../harness/trace/event.ts";
import {
  type Minimisation,
  type MinimisedTrace,
  type MinimiseOptions,
  minimiseTrace,
} from "../../harness/trace-minimise/minimise-trace.ts";
import { eventsOf, groupsOf } from "../../harness/trace-minimise/piece.ts";
import { type EventLine, traceWindow } from "../../harness/trace-minimise/trace-window.ts";
import { replayTrace } from "../../harness/trace-replay/replay-trace.ts";
import type { TraceSource } from "../../harness/trace-replay/trace-source.ts";
import { noisyTrace, VIOLATING_LINE } from "./noisy-trace.ts";

const FILE = "noisy.trace";
const TEXT = noisyTrace();
const SOURCE: TraceSource = { file: FILE, open: () => once(TEXT), sideFiles: {} };

function minimised(design: string, claim: string, more: Partial<MinimiseOptions> = {}): Promise<Minimisation> {
  return minimiseTrace(SOURCE, findDesign(design), { file: FILE, claim, ...more });
}

function piece(result: Minimisation): MinimisedTrace {
  if (result.did !== "minimised") throw new Error("nothing is violated");
  return result.trace;
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

describe("a recording of 564 events, minimised", () => {
  it("leaves 3 of a secret in a page that stayed mapped: given, given back, given again", async () => {
    const trace = piece(await minimised("canary-keeps-mapped", "S1"));
    expect(trace.found.event.line).toBe(VIOLATING_LINE);
    expect([trace.eventsBefore, trace.events, trace.minimal, trace.meta]).toEqual([464, 3, true, undefined]);
    expect(lines(trace.text).map((line) => /(mm_page_\w+): \S+ pfn=(\S+)/.exec(line)?.slice(1, 3))).toEqual([
      ["mm_page_alloc", "0x4a1"],
      ["mm_page_free", "0x4a1"],
      ["mm_page_alloc", "0x4a1"],
    ]);
    expect(trace.text).toContain("entries-in-buffer/entries-written: 3/3   #P:2\n");
  });

  it("gives a piece that trace replay takes, and no line of which can go but a free, which a replay makes up", async () => {
    const { text } = piece(await minimised("canary-keeps-mapped", "S1"));
    const violated = async (told: string): Promise<boolean> => {
      const design = findDesign("canary-keeps-mapped");
      const { violations, facts } = await replayTrace(() => once(told), {}, design, { file: "piece" });
      expect(facts.unparsed + facts.lost).toBe(0);
      return violations.some(({ claim }) => claim === "S1");
    };
    expect(await violated(text)).toBe(true);
    for (const line of lines(text)) {
      expect(await violated(text.replace(`${line}\n`, ""))).toBe(line.includes("mm_page_free"));
    }
  });

  it("keeps the meta file where the failure needs it: a CPU that the lines never name", async () => {
    const page = (at: number, text: string): string =>
      `  a-1  [000] .....  1.${String(at).padStart(3, "0")}000: ${text}\n`;
    const alloc = (at: number, gfp: string): string =>
      page(at, `mm_page_alloc: page=01 pfn=0x10 order=0 migratetype=0 gfp_flags=${gfp}`);
    const free = (at: number): string => page(at, "mm_page_free: page=01 pfn=0x10 order=0");
    const story =
      alloc(1, "GFP_KERNEL") + free(2) + page(9, "tracing_mark_write: x") + alloc(20, "GFP_HIGHUSER|__GFP_ACCOUNT");
    const text = `# tracer: nop\n${page(0, "tracing_mark_write: begin")}${story}${free(22)}`;
    const zones = [{ zone: "Normal", start_pfn: 0, spanned: 2048, managed: 2048, batch: 4, pcp_high: 16 }];
    const meta = { file: "two.meta.json", text: JSON.stringify({ kernel: "6.1.0", cpus: 2, zones }) };
    const design = findDesign("canary-forget-one-cpu");
    const alone = { file: FILE, open: () => once(text), sideFiles: {} };
    expect(await minimiseTrace(alone, design, { file: FILE, claim: "S8" })).toMatchObject({ did: "nothing" });
    const trace = piece(await minimiseTrace({ ...alone, sideFiles: { meta } }, design, { file: FILE, claim: "S8" }));
    expect(JSON.parse(trace.meta ?? "")).toMatchObject({ cpus: 2, start_state: "inferred" });
    expect([trace.events, trace.minimal]).toEqual([2, true]);
  });

  it("ends at once where the claim is not violated", async () => {
    expect(await minimised("async-free", "S1")).toMatchObject({ did: "nothing", replayed: { verdict: "holds" } });
    expect(await minimised("canary-two-lists", "S1")).toMatchObject({ did: "nothing" });
  });

  it("says that more might be left out when the pieces run out, or when it is stopped", async () => {
    for (const more of [{ maxTests: 3 }, { shouldStop: () => true }]) {
      const trace = piece(await minimised("canary-flush-under-lock", "S23", more));
      expect(trace.minimal).toBe(false);
      expect(lines(trace.text)).toHaveLength(trace.events);
    }
  });

  it("refuses where no piece of what is remembered fails by itself", async () => {
    await expect(minimised("canary-keeps-mapped", "S1", { windowEvents: 2 })).rejects.toThrow(
      "S1 is violated at line 476, but by no piece of the trace alone: the last 2 of the 464 events before it",
    );
  });
});

describe("the window before a line", () => {
  it("holds its last events and the header, in memory for no more", async () => {
    const window = await traceWindow(SOURCE.open(), FILE, 500, 10);
    expect([window.events.length, window.eventsBefore, window.header.length]).toEqual([10, 488, 12]);
    const all = await traceWindow(SOURCE.open(), FILE, 500, 1000);
    expect(all.events.slice(-10)).toEqual(window.events);
    expect(all.events).toHaveLength(488);
  });
});

describe("events that are left out together", () => {
  const event = (kind: EventLine["kind"], pfn: number, order = 0): EventLine => {
    return { bytes: new Uint8Array(0), kind, cpu: 0, pfn, order, failed: false };
  };

  it("are an allocation with the frees of its pages, whatever their pieces", () => {
    const events = [
      event(EVENT.alloc, 8, 1),
      event(EVENT.alloc, 4),
      event(EVENT.free, 8),
      event(EVENT.mark, -1, -1),
      event(EVENT.free, 9),
      event(EVENT.free, 9),
      event(EVENT.free, 4),
    ].map((line, place) => ({ line, place }));
    const groups = groupsOf(events);
    expect(groups.map((group) => group.map(({ place }) => place))).toEqual([[0, 2, 4], [1, 6], [3], [5]]);
    expect(eventsOf(groups)).toEqual(events);
  });
});
