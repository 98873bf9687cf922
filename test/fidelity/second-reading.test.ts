import { describe, expect, it } from "vitest";
import type { Evidence } from "../../harness/trace-replay/options.ts";
import { SecondReading, type UnnamedFacts } from "../../harness/trace-replay/second-reading.ts";
import { alloc, by, drain, free, freeBatched, freeMap, read, zoneLocked } from "./trace-text.ts";

const UNMOVABLE = 0;

async function factsOf(lines: readonly string[], evidence: Evidence = "events"): Promise<UnnamedFacts> {
  const types = new Int8Array(8).fill(UNMOVABLE);
  const reading = new SecondReading(types, 9, 2048, 2, () => true, await freeMap(), [], 0, evidence);
  await read(lines, (event, text) => reading.take(event, text));
  return reading.finish();
}

const a = (event: string): string => by("a-7", 0, event);
const b = (event: string): string => by("b-8", 1, event);

describe("an allocation without an event", () => {
  it("is told by a free of a page that lies on a list, just before it", async () => {
    const { hidden } = await factsOf([a(alloc(1)), a(free(1)), b(free(1))]);
    expect(hidden).toEqual([{ at: 3, pfn: 1, order: 0, migratetype: UNMOVABLE, cpu: 0 }]);
  });

  it("is told by an allocation of the page below it", async () => {
    const { hidden } = await factsOf([a(free(1)), a(free(2)), a(alloc(1))]);
    expect(hidden).toMatchObject([{ at: 3, pfn: 2, cpu: 0 }]);
  });

  it("is told by a refill of its list, and of calls alone is not", async () => {
    const lines = [a(free(1)), a(zoneLocked(0x400)), a(zoneLocked(0x401)), a(alloc(0x400))];
    expect((await factsOf(lines)).hidden).toMatchObject([{ at: 2, pfn: 1 }]);
    expect((await factsOf(lines, "calls")).hidden).toEqual([]);
  });

  it("is none where the page turns up on its list after all", async () => {
    const { hidden, mistaken } = await factsOf([a(free(1)), a(free(2)), a(alloc(1)), a(alloc(2))]);
    expect(hidden).toEqual([]);
    expect(mistaken).toBe(1);
  });

  it("is none for pages that another CPU's list holds", async () => {
    expect((await factsOf([a(free(1)), b(free(2)), a(alloc(1)), b(alloc(2))])).hidden).toEqual([]);
  });
});

describe("a call that passes the pcplists by", () => {
  it("shows where a freed page leaves the buddy lists without having been drained", async () => {
    const { bypasses } = await factsOf([a(free(1)), a(zoneLocked(1)), a(zoneLocked(2))]);
    expect([...bypasses]).toEqual([1]);
    const drained = await factsOf([a(free(1)), a(drain(1)), a(zoneLocked(1)), a(zoneLocked(2))]);
    expect([...drained.bypasses]).toEqual([]);
  });

  it("shows where one block alone leaves the buddy lists and is given out", async () => {
    const { bypasses, hidden } = await factsOf([a(free(1)), a(zoneLocked(0x400)), a(alloc(0x400)), a(alloc(1))]);
    expect([...bypasses]).toEqual([3]);
    expect(hidden).toEqual([]);
  });

  it("is an interrupt's between two pages of a batch", async () => {
    const interrupt = by("a-7", 0, free(9), "..s1.");
    const batch = [a(free(1)), a(free(2)), a(freeBatched(1)), interrupt, a(freeBatched(2)), interrupt];
    expect([...(await factsOf(batch)).bypasses]).toEqual([4]);
  });
});
