import { beforeAll, describe, expect, it } from "vitest";
import type { TraceValidation } from "../../harness/trace-validate/result.ts";
import { validateTrace } from "../../harness/trace-validate/validate-trace.ts";
import { openBytes } from "../../platform/byte-source.ts";
import { traceFiles } from "../../platform/trace-files.ts";

const SAMPLE = "samples/fork-60k.trace.gz";

/** The recording's lines up to its 59th and last buddy event; line n at index n - 1. */
let lines: readonly string[] = [];

beforeAll(async () => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of openBytes(SAMPLE)) chunks.push(chunk);
  lines = Buffer.concat(chunks).toString("latin1").split("\n").slice(0, 29_600);
});

describe("the bundled recording fork-60k", () => {
  it("has 59 buddy events, all legal, and determines the labels of 7 blocks", async () => {
    const result = await validateLines(lines);
    expect(result).toMatchObject({
      kernel: "6.1",
      events: 59,
      legal: 59,
      illegal: 0,
      unnamed: 0,
      longestLegalPrefix: 59,
    });
    expect(result.labels).toEqual({ atStart: 160, determined: 7 });
    expect(result.illegalEvents).toEqual([]);
  });

  it.each([
    [
      "without a block's departure, as that block is the smaller one when the next leaves",
      17_196,
      () => [],
      17_196,
      "smaller-block-free",
    ],
    ["without a departure, the page is free when it is handed out", 17_222, () => [], 17_222, "not-lowest-piece"],
    ["with a larger order, the pages beyond are gone when they leave", 17_219, order("0", "1"), 17_219, "bad-place"],
    [
      "with a smaller order, as the rest is free when the whole is handed out",
      17_195,
      order("3", "2"),
      17_198,
      "free-page-in-use",
    ],
    ["with another type, the list is not the block's", 17_220, type("0", "1"), 17_220, "wrong-list"],
    ["with another page of the same block", 17_224, pfn("cd6c", "cd6d"), 17_224, "not-lowest-piece"],
    ["with a page of a block that never was free", 17_224, pfn("cd6c", "2b00"), 17_224, "not-free"],
    ["with the event twice", 17_224, (line: string) => [line, line], 17_225, "not-free"],
    ["with a drain of what is free", 17_224, (line: string) => [line, drainOf(line, "cd70")], 17_225, "already-free"],
  ] as const)("is illegal %s", async (_, at, change, where, reason) => {
    const mutant = lines.flatMap((line, i) => (i === at - 1 ? change(line) : [line]));
    const { illegalEvents } = await validateLines(mutant);
    expect(illegalEvents[0]).toMatchObject({ line: where, reason });
    expect(illegalEvents[0]?.around.length).toBeGreaterThan(1);
  });

  it("is illegal, in 54 of 58 cases, when two neighbouring buddy events change places; the other four concern different lists", async () => {
    const at = lines.flatMap((line, i) => (line.includes("zone_locked") ? [i] : []));
    let illegal = 0;
    for (const [n, first] of at.slice(0, -1).entries()) {
      const second = at[n + 1] as number;
      const swapped = [...lines];
      [swapped[first], swapped[second]] = [lines[second] as string, lines[first] as string];
      // Only what concerns the buddy lists: 58 recordings are read.
      const result = await validateLines(swapped.filter((line) => /zone_locked|tracing_mark|^#/.test(line)));
      if (result.illegal > 0) illegal++;
    }
    expect([illegal, at.length - 1]).toEqual([54, 58]);
  });
});

function order(from: string, to: string): (line: string) => string[] {
  return (line) => [line.replace(`order=${from}`, `order=${to}`)];
}

function type(from: string, to: string): (line: string) => string[] {
  return (line) => [line.replace(`migratetype=${from}`, `migratetype=${to}`)];
}

function pfn(from: string, to: string): (line: string) => string[] {
  return (line) => [line.replace(`pfn=0x${from}`, `pfn=0x${to}`)];
}

function drainOf(line: string, page: string): string {
  return line.replace(
    /mm_page_alloc_zone_locked: .*/,
    `mm_page_pcpu_drain: page=0 pfn=0x${page} order=0 migratetype=0`,
  );
}

async function validateLines(text: readonly string[]): Promise<TraceValidation> {
  const source = await traceFiles(SAMPLE);
  return validateTrace({ ...source, open: () => bytesOf(`${text.join("\n")}\n`) });
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
