import { expect, test } from "vitest";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { asiProbe, asiProbeGenerations } from "../../impl/designs/asi-probe/design.ts";

test.each([
  ["flush", asiProbe, 296_146],
  ["go by generations", asiProbeGenerations, 311_452],
] as const)(
  "whatever reclaim leaves pending is flushed before the page is another's, where transitions %s",
  (_how, design, states) => {
    const evidence = [...verifyDesign(design, { scope: parseScope("reclaim-batches") }).evidence];
    expect(evidence.filter(([, { verdict }]) => verdict !== "holds").map(([claim]) => claim)).toEqual([]);
    expect(evidence[0]?.[1].states).toBe(states);
  },
);
