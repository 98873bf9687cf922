import { describe, expect, test } from "vitest";
import {
  decodeEntry,
  encodeEntry,
  isPresent,
  leafEntry,
  type PageEntry,
  pfnSeenByHardware,
  tableEntry,
  withoutPresent,
  ZERO_WORD,
} from "../../model/paging/page-entry.ts";

const PFNS = [0, 1, 0xfffff, 0x100000, 2 ** 40 - 1];
const FLAGS = Array.from({ length: 32 }, (_, bits) => bits);

function entryOf(bits: number, pfn: number): PageEntry {
  return {
    present: (bits & 1) !== 0,
    writable: (bits & 2) !== 0,
    ps: (bits & 4) !== 0,
    global: (bits & 8) !== 0,
    noExecute: (bits & 16) !== 0,
    pfn,
  };
}

describe("a page-table entry", () => {
  test("lies in memory as x86-64 has it: P 0, R/W 1, PS 7, G 8, PFN 12..51, XD 63", () => {
    const all = encodeEntry(entryOf(31, 0x12345_6789a));
    expect([all.low.toString(16), all.high.toString(16)]).toEqual(["6789a183", "80012345"]);
    expect(encodeEntry(entryOf(1, 1))).toEqual({ low: 0x1001, high: 0 });
  });

  test.for(["raw", "inverted"] as const)(
    "reads back as it was written, encoding %s, but an empty one names no frame",
    (encoding) => {
      for (const pfn of PFNS) {
        for (const bits of FLAGS) {
          const entry = entryOf(bits, pfn);
          if (bits !== 0) expect(decodeEntry(encodeEntry(entry, encoding), encoding)).toEqual(entry);
        }
      }
      expect(encodeEntry(entryOf(0, 0), encoding)).toEqual(ZERO_WORD);
    },
  );

  test("raw and inverted differ in the PFN of entries that are not present, and nowhere else", () => {
    for (const bits of FLAGS.filter((flags) => flags !== 0)) {
      const raw = encodeEntry(entryOf(bits, 5), "raw");
      const inverted = encodeEntry(entryOf(bits, 5), "inverted");
      if ((bits & 1) !== 0) expect(inverted).toEqual(raw);
      else expect(pfnSeenByHardware(inverted)).toBe(2 ** 40 - 1 - pfnSeenByHardware(raw));
    }
  });

  test("clearing P keeps the frame for software; hardware that ignores P sees it raw, but not inverted (H11)", () => {
    const leaf = leafEntry(7, 1);
    for (const encoding of ["raw", "inverted"] as const) {
      const cleared = withoutPresent(leaf, encoding);
      expect(isPresent(cleared)).toBe(false);
      expect(decodeEntry(cleared, encoding).pfn).toBe(7);
    }
    expect(pfnSeenByHardware(withoutPresent(leaf, "raw"))).toBe(7);
    expect(pfnSeenByHardware(withoutPresent(leaf, "inverted"))).toBe(2 ** 40 - 8);
  });

  test("of a table has PS clear; of a leaf above 4K it is set", () => {
    expect([1, 2, 3].map((level) => decodeEntry(leafEntry(0, level)).ps)).toEqual([false, true, true]);
    expect(decodeEntry(tableEntry(9))).toMatchObject({ present: true, ps: false, pfn: 9 });
  });
});
