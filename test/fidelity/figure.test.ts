import { describe, expect, it } from "vitest";
import { deviation, meets, TARGETS } from "../../harness/fidelity/figure.ts";

const traffic = (kernel: number, model: number) => ({ name: "refills", kernel, model, target: TARGETS.traffic });
const fallbacks = (kernel: number, model: number) => ({ name: "extfrag", kernel, model, target: TARGETS.fallbacks });

describe("a figure", () => {
  it("meets 10 % at 90 and 110 of 100, and misses it at 89 and 111", () => {
    expect([89, 90, 110, 111].map((model) => meets(traffic(100, model)))).toEqual(["missed", "met", "met", "missed"]);
  });

  it("of a kernel that did nothing is met by nothing alone", () => {
    expect([0, 1].map((model) => meets(traffic(0, model)))).toEqual(["met", "missed"]);
    expect(deviation(traffic(0, 1))).toBe(Number.POSITIVE_INFINITY);
  });

  it("of fallbacks is met within a factor 2 either way, or within 20 events", () => {
    const models = [49, 50, 100, 200, 201];
    expect(models.map((model) => meets(fallbacks(100, model)))).toEqual(["missed", "met", "met", "met", "missed"]);
    expect([21, 22].map((model) => meets(fallbacks(1, model)))).toEqual(["met", "missed"]);
  });

  it("without a target is shown and not judged", () => {
    expect(meets({ name: "refills, order 0", kernel: 1, model: 9 })).toBe("untargeted");
  });
});
