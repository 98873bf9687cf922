import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { rulesOf } from "../../model/paging/hardware-rules.ts";
import { LITMUS_FILES } from "./files.ts";
import type { Litmus, Variant } from "./litmus.ts";
import { litmusPage } from "./litmus-page.ts";
import { type Outcomes, outcomesOf } from "./outcomes.ts";

const LONGEST = 15;

/** Each variant is explored once, whoever asks for it. */
const explored = new Map<Variant, Outcomes>();

function explore(litmus: Litmus, variant: Variant): Outcomes {
  const found = explored.get(variant) ?? outcomesOf(litmus, variant);
  explored.set(variant, found);
  return found;
}

describe.for(LITMUS_FILES)("$name: $statement", (litmus) => {
  const variants = Object.entries(litmus.variants);
  const forbiddenSomewhere = new Set(variants.flatMap(([, variant]) => variant.forbidden));

  test.for(variants)("%s ends exactly in its allowed outcomes, a hazard after 15 events at most", ([, variant]) => {
    const found = explore(litmus, variant);
    expect(found.outcomes).toEqual([...variant.allowed].sort());
    const hazards = found.outcomes.filter((outcome) => forbiddenSomewhere.has(outcome));
    expect(hazards.filter((outcome) => found.events(outcome) > LONGEST)).toEqual([]);
  });

  test("no outcome is both allowed and forbidden, and what one variant forbids another shows or a mutant does", () => {
    const clash = ({ allowed, forbidden }: Variant): boolean => forbidden.some((outcome) => allowed.includes(outcome));
    expect(variants.filter(([, variant]) => clash(variant)).map(([name]) => name)).toEqual([]);
    const shown = variants.some(([, { allowed }]) => allowed.some((outcome) => forbiddenSomewhere.has(outcome)));
    expect(shown || litmus.notices !== undefined).toBe(true);
  });
});

describe("the suite", () => {
  const mutants = LITMUS_FILES.flatMap((litmus) =>
    Object.entries(litmus.notices ?? {}).map(([name, change]) => ({ litmus, file: litmus.name, name, change })),
  );

  test.for(mutants)("$file notices hardware on which $name, by 15 events at most", ({ litmus, change }) => {
    const noticed = Object.values(litmus.variants).some((variant) => {
      const found = outcomesOf(litmus, variant, change);
      const added = found.outcomes.filter((outcome) => !variant.allowed.includes(outcome));
      const missing = variant.allowed.filter((outcome) => !found.outcomes.includes(outcome));
      return missing.length > 0 || added.some((outcome) => found.events(outcome) <= LONGEST);
    });
    expect(noticed).toBe(true);
  });

  test("notices a change of every rule of the hardware", () => {
    const changed = new Set(mutants.flatMap(({ change }) => Object.keys(change)));
    // A profile without INVLPGB has no such instruction to execute.
    expect(Object.keys(rulesOf("intel")).filter((rule) => !changed.has(rule))).toEqual(["hasInvlpgb"]);
  });

  test("has a file for each of H1 to H10 and H12", () => {
    const covered = new Set(LITMUS_FILES.map(({ about }) => about).filter((about) => /^H\d+$/.test(about)));
    expect([...covered]).toEqual(["H1", "H2", "H3", "H4", "H5", "H6", "H7", "H8", "H9", "H10", "H12"]);
  });

  test("has a Promela text for each file, and none without one", () => {
    const texts = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".pml"));
    expect(texts.sort()).toEqual([...LITMUS_FILES.map(({ name }) => `${name}.pml`), "machine.pml"].sort());
  });

  test("is printed in docs/litmus.md", async () => {
    await expect(litmusPage(LITMUS_FILES)).toMatchFileSnapshot("../../docs/litmus.md");
  });

  test("explores each variant whole, in 24,721 states together", () => {
    const all = LITMUS_FILES.flatMap((litmus) =>
      Object.values(litmus.variants).map((variant) => explore(litmus, variant).states),
    );
    expect(all.length).toBe(91);
    expect(all.reduce((sum, states) => sum + states, 0)).toBe(24_721);
  });
});
