import { describe, expect, it } from "vitest";
import { alloc, by, compare, free, zoneLocked } from "./trace-text.ts";

const a = (event: string): string => by("a-7", 0, event);

/** A refill of four pages, of which one is given out and freed again. */
const LINES = [...[0x400, 0x401, 0x402, 0x403].map((pfn) => a(zoneLocked(pfn))), a(alloc(0x400)), a(free(0x400))];

describe("a recording of one refill", () => {
  it("is equalled by the model, frame by frame", async () => {
    const { figures, samePageShare, divergedShare } = await compare(LINES);
    const of = (name: string) => figures.find((figure) => figure.name === name);
    expect(of("refills")).toMatchObject({ kernel: 4, model: 4 });
    expect(of("drains")).toMatchObject({ kernel: 0, model: 0 });
    expect(of("free pages at the end, DMA32")).toMatchObject({ kernel: 1020, model: 1020 });
    expect(of("free pages in blocks of order 2 and above")).toMatchObject({ kernel: 1020, model: 1020 });
    expect(of("free pages in blocks of order 10 and above")).toMatchObject({ kernel: 0, model: 0 });
    expect([samePageShare, divergedShare]).toEqual([1, 0]);
  });

  it("is compared with /proc where that was copied", async () => {
    const { figures } = await compare(LINES, {
      zoneinfo: { file: "z", text: "Node 0, zone    DMA32\n  pages free     1000\n" },
      buddyinfo: {
        file: "b",
        text: "Node 0, zone    DMA32      0      0      1      0      0      0      0      0      0      1      0\n",
      },
    });
    const of = (name: string) => figures.find((figure) => figure.name === name);
    expect(of("free pages at the end, DMA32")).toMatchObject({ kernel: 1000, model: 1020 });
    expect(of("free pages in blocks of order 0 and above")).toMatchObject({ kernel: 516, model: 1020 });
    expect(of("free pages in blocks of order 3 and above")).toMatchObject({ kernel: 512, model: 1016 });
  });
});
