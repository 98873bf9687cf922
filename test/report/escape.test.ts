import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainText } from "../../report/escape.ts";

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|\p{Variation_Selector}/u;

describe("plainText", () => {
  it.each([
    ["a terminal's escape sequence", "\u001b[2Jcron", "\\u{1b}[2Jcron"],
    ["the 8-bit form of it", "\u009b31m", "\\u{9b}31m"],
    ["a line break, a tab and a NUL", "a\nb\tc\0", "a\\u{a}b\\u{9}c\\u{0}"],
    ["line and paragraph separators", "a\u2028b\u2029", "a\\u{2028}b\\u{2029}"],
    ["a turn of the reading direction", "pfn \u202e3", "pfn \\u{202e}3"],
    ["characters of no width", "S\u200b1\ufeff", "S\\u{200b}1\\u{feff}"],
    ["half a surrogate pair", "x\ud83d", "x\\u{d83d}"],
    ["a tag character", "\u{e0041}", "\\u{e0041}"],
  ])("shows %s", (_, text, shown) => {
    expect(plainText(text)).toBe(shown);
  });

  it("leaves our own words and other alphabets as they are", () => {
    for (const text of ["pfn 0 → queue list, x := 1 │ …", "größer", "日本語", "a\\n"])
      expect(plainText(text)).toBe(text);
  });

  it("cuts a text longer than allowed and says so", () => {
    expect(plainText("a".repeat(10), 5)).toBe("aaaa…");
    expect(plainText("a".repeat(1_000_000)).length).toBe(2_000);
  });

  it("lets no unsafe character through and changes nothing the second time, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), fc.integer({ min: 1, max: 50 }), (text, max) => {
        const shown = plainText(text, max);
        expect(shown).not.toMatch(UNSAFE);
        expect(shown.length).toBeLessThanOrEqual(max);
        expect(plainText(shown, max)).toBe(shown);
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
