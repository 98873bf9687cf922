import { describe, expect, it } from "vitest";

import { verifySpecification } from "../../harness/verify-specification.ts";

describe("the specification's verdict", () => {
  it("names the whole scope in every completeness sentence, and answers for what the extensions claim", () => {
    const { results, notes } = verifySpecification({ size: { cpus: 1, mms: 2, slots: 2, pages: 1 } });
    const [design] = results;
    expect(design?.verdict).toBe("holds");
    const sentences = design?.claims.filter(({ id }) => !id.startsWith("REFINE-")).map((claim) => claim.completeness);
    expect(new Set(sentences)).toEqual(new Set(["EXHAUSTIVE within scope cpus=1,mms=2,slots=2,pages=1"]));
    const ids = design?.claims.map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining(["S1", "S2", "S3", "S5", "S8", "S13", "S16a", "S18", "S19", "S20", "S21"]),
    );
    expect(notes).toEqual([]);
  });

  it("prints what a scope asks for beside its counts, and leaves out what is 1 or off", () => {
    const scopeOf = (size: Parameters<typeof verifySpecification>[0]["size"]) =>
      verifySpecification({ size }).results[0]?.claims[0]?.evidence[0]?.scope;
    expect(scopeOf({ cpus: 1, pages: 1 })).toBe("cpus=1,pages=1");
    expect(scopeOf({ cpus: 1, pages: 1, nmi: true })).toBe("cpus=1,pages=1,nmi=1");
    expect(scopeOf({ cpus: 1, pages: 1, records: true })).toBe("cpus=1,pages=1,records=1,policy=generations");
  });

  it("is unknown where a limit on states cut the search short", () => {
    const { results } = verifySpecification({ size: { cpus: 2, mms: 2, slots: 2, pages: 1 }, maxStates: 1_000 });
    expect(results[0]?.verdict).toBe("unknown");
    expect(results[0]?.claims[0]?.completeness).toMatch(/^BOUNDED \(1000 states of scope cpus=2,mms=2,slots=2,pages=1/);
  });
});
