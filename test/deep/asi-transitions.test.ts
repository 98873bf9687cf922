import { describe, expect, test } from "vitest";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { asiProbe, asiProbeFullFlush, asiProbeGenerations } from "../../impl/designs/asi-probe/design.ts";
import { TRANSITION_CANARIES } from "../../impl/designs/canaries/transitions.ts";
import type { Design } from "../../model/design.ts";

const LARGER: readonly (readonly [Design, string, number])[] = [
  [asiProbe, "lazy", 53_788],
  [asiProbeGenerations, "lazy", 44_118],
  [asiProbe, "hotplug", 180_708],
  [asiProbeGenerations, "hotplug", 186_943],
  [asiProbeFullFlush, "hotplug", 209_037],
  [asiProbe, "coming-back", 51_020],
  [asiProbeGenerations, "coming-back", 62_398],
  [asiProbe, "coming-back-buffered", 51_020],
  [asiProbeGenerations, "coming-back-buffered", 66_526],
];

describe("the CPU's side of ASI against another CPU", () => {
  test.each(LARGER.map(([design, world, states]) => ({ design, world, states })))(
    "every claim holds of $design.id in all states of $world",
    ({ design, world, states }) => {
      const evidence = [...verifyDesign(design, { scope: parseScope(world) }).evidence];
      expect(evidence.filter(([, { verdict }]) => verdict !== "holds").map(([claim]) => claim)).toEqual([]);
      expect(evidence[0]?.[1].states).toBe(states);
    },
  );

  test.each(["canary-switching-late", "canary-switching-skipped", "canary-mask-unfenced"])(
    "%s shows another process's page after 6 events on two CPUs",
    (id) => {
      const design = TRANSITION_CANARIES.find((candidate) => candidate.id === id);
      const world = design?.worlds?.[0];
      if (design === undefined || world === undefined) throw new Error(`${id} has a world`);
      const report = verifyDesign(design, { scope: parseScope(world), stopAt: ["S1"] });
      const found = [...report.counterexamples].map(([claim, { events }]) => [claim, events]);
      expect(found).toEqual([["S1", 6]]);
    },
  );
});
