import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fold } from "../../report/timeline-fold.ts";
import { isFold, type TimelineLine } from "../../report/timeline-line.ts";

function lines(texts: readonly string[], fixed: ReadonlySet<number> = new Set()): TimelineLine[] {
  return texts.map((text, at) => ({ number: at + 1, mark: "", cpu: 0, parts: [text], fixed: fixed.has(at) }));
}

function told(texts: readonly string[], fixed?: ReadonlySet<number>): string[] {
  return fold(lines(texts, fixed)).map((line) =>
    isFold(line)
      ? `${line.from}-${line.through} × ${line.times}`
      : `${line.number ?? ""} ${line.parts.join("")}`.trim(),
  );
}

function pairs(count: number, page: (at: number) => number): string[] {
  return Array.from({ length: count }, (_, at) => [`alloc → pfn ${page(at)}`, `free(pfn ${page(at)})`]).flat();
}

describe("folding", () => {
  it("tells sixteen equal pairs of events once, with their count", () => {
    expect(told(["begin", ...pairs(16, () => 3), "end"])).toEqual([
      "1 begin",
      "2-33 × 16",
      "alloc → pfn 3",
      "free(pfn 3)",
      "34 end",
    ]);
  });

  it("prints pages that differ from one repetition to the next as pfn *", () => {
    expect(told(pairs(4, (at) => at))).toEqual(["1-8 × 4", "alloc → pfn *", "free(pfn *)"]);
  });

  it("leaves two repetitions as they are", () => {
    expect(told(["a", "a", "b", "c", "b", "c"])).toEqual(["1 a", "2 a", "3 b", "4 c", "5 b", "6 c"]);
  });

  it("takes the shortest pattern of those that cover as much", () => {
    expect(told(["a", "a", "a", "a", "a", "a"])).toEqual(["1-6 × 6", "a"]);
  });

  it("never hides a fixed line, and accounts for every number once and in order, whatever repeats", () => {
    const letters = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 60 });
    fc.assert(
      fc.property(letters, fc.uniqueArray(fc.nat(59)), (texts, fixed) => {
        const kept = new Set(fixed);
        const folded = fold(lines(texts, kept));
        const numbers = folded.flatMap((line) => {
          if (!isFold(line)) return line.number === undefined ? [] : [line.number];
          expect(line.times * line.lines).toBe(line.through - line.from + 1);
          return Array.from({ length: line.times * line.lines }, (_, at) => line.from + at);
        });
        expect(numbers).toEqual(texts.map((_, at) => at + 1));
        for (const at of kept)
          if (at < texts.length) expect(folded.some((l) => !isFold(l) && l.number === at + 1)).toBe(true);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
