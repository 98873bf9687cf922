import { describe, expect, it } from "vitest";
import type { ClaimResult, DesignResult, VerdictWord } from "../../model/verdict.ts";
import { CLAIMS } from "../../properties/claims.ts";
import { inkFor } from "../../report/ink.ts";
import { verdictTable, verdictWords } from "../../report/table.ts";
import { verdictText } from "../../report/verdict-text.ts";

const WORDS: readonly VerdictWord[] = ["holds", "violated", "unknown", "n/a"];
const PLAIN = inkFor(false);
const scope = "cpus=2,pages=8,geometry=small,mms=2,calls=3+3,setup=fresh";

function claim(id: string, verdict: VerdictWord): ClaimResult {
  if (verdict === "n/a")
    return { id, verdict, completeness: "not checked", reason: "the design has none", evidence: [] };
  const completeness = verdict === "holds" ? `EXHAUSTIVE within scope ${scope}` : `BOUNDED (${scope})`;
  const evidence = [{ engine: "search", scope, verdict, completeness, states: 1234, depth: 7 }] as const;
  return {
    id,
    verdict,
    completeness,
    evidence,
    ...(verdict === "violated" ? { counterexample: `out/${id}.json` } : {}),
  };
}

/** What a world without address spaces and labels has. */
const FEW = ["S1", "S2", "S3", "S8", "S13", "S16a", "S17", "S23", "L4", "DEADLOCK", "REFINE-page"];

const DESIGN: DesignResult = {
  id: "canary-free-before-flush",
  verdict: "violated",
  expected: "violated",
  assuming: ["A-SMT"],
  claims: FEW.map((id, index) => claim(id, WORDS[index % WORDS.length] ?? "holds")),
};

const MANY: DesignResult = {
  ...DESIGN,
  claims: CLAIMS.map(({ id }, index) => claim(id, WORDS[index % WORDS.length] ?? "holds")),
};

describe("the table of verdicts", () => {
  it("is at most 80 columns wide for every claim and the longest design id", () => {
    for (const design of [DESIGN, MANY]) {
      expect(Math.max(...verdictTable([design], PLAIN).map((line) => line.length))).toBeLessThanOrEqual(80);
    }
  });

  it("names what is violated or unknown, and counts the rest, where the signs would not fit", () => {
    const counts = WORDS.map((word) => MANY.claims.filter(({ verdict }) => verdict === word).length);
    const text = verdictTable([MANY], PLAIN).join(" ").replace(/ +/g, " ");
    expect(text).toContain(`canary-free-before-flush violated* ✓ ${counts[0]} ✗ ${MANY.claims[1]?.id} `);
    expect(text).toContain(` – ${counts[3]} `);
  });

  it("gives each of the four words its own sign, and stars what a design declares", () => {
    const [, row = ""] = verdictTable([DESIGN], PLAIN);
    expect(row.replace(/ +/g, " ")).toBe("canary-free-before-flush violated* ✓ ✗ ? – ✓ ✗ ? – ✓ ✗ ?");
  });

  it("says the same in words, one line per claim", () => {
    expect(verdictWords([DESIGN])).toHaveLength(FEW.length);
    expect(verdictWords([DESIGN])[1]).toContain("canary-free-before-flush  S2  VIOLATED");
  });

  it("gives results with other claims a table of their own", () => {
    const specification = { ...DESIGN, id: "specification", claims: [claim("S5", "holds")] };
    const heads = verdictTable([specification, DESIGN], PLAIN).filter((line) => line.startsWith("design"));
    expect(heads.map((head) => head.includes("S5"))).toEqual([true, false]);
  });
});

describe("the report", () => {
  const text = verdictText(
    { results: [DESIGN], notes: ["a note"], gate: ["a gate"], stories: [["a story"]], last: "the end", words: false },
    PLAIN,
  );

  it("prints completeness once per wording, with the scope whole, and the counts", () => {
    expect(text.split(`EXHAUSTIVE within scope\n  ${scope}\n`)).toHaveLength(2);
    expect(text).toContain("canary-free-before-flush S1 S13 L4 (1,234 states)");
  });

  it("says in one sentence which dangers did not occur", () => {
    const notes = ["S1", "L4"].map((id) => `vacuous here: REACH-${id} did not occur`);
    const report = { results: [DESIGN], gate: [], stories: [], last: "the end", words: false };
    const told = verdictText({ ...report, notes: [...notes, "a note"] }, PLAIN);
    expect(told).toContain("notes:\n  vacuous here: REACH-S1, REACH-L4 did not occur\n  a note\n");
  });

  it("prints the reason of n/a, what is assumed, the story, and ends with its last line", () => {
    expect(text).toContain("(the design has none)");
    expect(text).toContain("assuming: A-SMT");
    expect(text).toContain("\na story\n");
    expect(text.endsWith("\nthe end\n")).toBe(true);
  });
});
