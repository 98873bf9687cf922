import { describe, expect, test } from "vitest";

import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { DESIGNS } from "../../impl/designs/registry.ts";
import type { Design } from "../../model/design.ts";
import { assert } from "../../model/failure.ts";

/** Worlds of correct designs that explicit walks, fills and evictions can exhaust in a second or two. */
const SMALL_ENOUGH = [
  ["flip-probe", "flip-up", 464],
  ["flip-probe", "two-mms,slots=2", 6_913],
  ["asi-probe", "enter-again", 2_116],
  ["asi-probe", "two-mms", 6_016],
  ["asi-probe", "user-slots", 12_843],
  ["asi-probe", "faults", 40_473],
  ["asi-probe", "transitions", 96_371],
  ["asi-probe-generations", "two-slots", 7_215],
] as const;

function designOf(id: string): Design {
  const found = DESIGNS.find((design) => design.id === id);
  assert(found !== undefined, `${id} is registered`);
  return found;
}

describe("explicit walks, fills and evictions", () => {
  test.each(SMALL_ENOUGH)("%s holds in %s as may-hold says, in %i states", (id, world, states) => {
    const design = designOf(id);
    const scope = parseScope(world);
    const explicit = verifyDesign(design, { scope: { ...scope, translations: "explicit" } });
    const verdicts = [...explicit.evidence].map(([claim, { verdict }]) => [claim, verdict]);
    expect(verdicts).toEqual([...verifyDesign(design, { scope }).evidence].map(([claim]) => [claim, "holds"]));
    expect([...explicit.evidence.values()][0]?.states).toBe(states);
  });
});
