import { describe, expect, it } from "vitest";
import type { StoredRun } from "../../harness/counterexample-file.ts";
import { findDesign } from "../../harness/find-design.ts";
import { type RefindOptions, refind } from "../../harness/refind.ts";
import { replay } from "../../harness/replay.ts";
import { counterexampleOf, repaired, stored, withAnotherStep } from "./changed-designs.ts";

const CANARY = findDesign("canary-forget-one-cpu");
const S1 = stored(counterexampleOf(CANARY.id, "S1"));

function refound(run: StoredRun, options: RefindOptions = {}) {
  return refind(run, replay(run, options), options);
}

describe("a failure that does not replay", () => {
  it("is found again nearby when its worker has a step more: one step longer, the first 14 as recorded", () => {
    const found = refound(S1, { designs: [withAnotherStep(CANARY)] });
    expect(found).toMatchObject({ answer: "found", how: "nearby", common: 14 });
    expect(found.tried).toEqual({ attempts: 3, searches: 1, states: 495 });
    expect(found.run?.steps).toHaveLength(30);
    expect(found.run?.witness).toBe(S1.witness);
  });

  it("is found again in a loop that ends at rest: the wake-up that is lost one step later", () => {
    const lost = findDesign("canary-lost-wakeup");
    const run = stored(counterexampleOf(lost.id, "L4"));
    const found = refound(run, { designs: [withAnotherStep(lost)] });
    expect(found).toMatchObject({ answer: "found", how: "nearby", common: 22 });
    expect(found.run?.witness).toBe(run.witness);
  });

  it("is found by its own actions when one of them is not possible and not needed", () => {
    const idle = { action: { kind: "worker", cpu: 0, worker: "asi_async_free" }, digest: "0", hash: "0" } as const;
    const found = refound({ ...S1, steps: [...S1.steps.slice(0, 9), idle, ...S1.steps.slice(9)] });
    expect(found).toMatchObject({ answer: "found", how: "actions", common: 9 });
    expect(found.run?.steps.map(({ digest }) => digest)).toEqual(S1.steps.map(({ digest }) => digest));
  });

  it("is found one step further when the recording ends a step too early, and replays from its own file", () => {
    const found = refound({ ...S1, steps: S1.steps.slice(0, -1) });
    expect(found).toMatchObject({ answer: "found", how: "nearby", common: 28 });
    const run = found.run ?? counterexampleOf(CANARY.id, "S1");
    expect(replay(stored(run))).toMatchObject({ answer: "reproduced", stepsDone: 29 });
  });

  it("is found in the scope, shortest, when nothing of the recording is possible any more", () => {
    const found = refound({ ...S1, steps: [] }, { nearbyStates: 1 });
    expect(found).toMatchObject({ answer: "found", how: "scope", common: 0 });
    expect(found.run).toMatchObject({ minimality: "proven shortest in this scope", events: 4 });
    expect(found.run?.steps).toHaveLength(29);
  });

  it("is gone when the design has been put right: the claim holds in the whole of the scope", () => {
    const found = refound(S1, { designs: [repaired(CANARY)] });
    expect(found).toEqual({ answer: "holds", tried: { attempts: 4, searches: 6, states: 35356 } });
  });

  it("is lost, and nothing follows, when the bounds end the search", () => {
    const bounds = { designs: [repaired(CANARY)], nearbyStates: 50, scopeStates: 100 };
    expect(refound(S1, bounds)).toMatchObject({ answer: "lost", tried: { searches: 6 } });
  });

  it("is lost when the search is stopped from outside", () => {
    const stopped = { designs: [repaired(CANARY)], shouldStop: () => true };
    expect(refound(S1, stopped)).toEqual({ answer: "lost", tried: { attempts: 4, searches: 0, states: 0 } });
  });

  it("is not looked for where the claim says nothing of the design any more", () => {
    const without = { ...CANARY, notApplicable: { S1: "it protects nothing" } };
    expect(refound(S1, { designs: [without] })).toMatchObject({ answer: "mute", tried: { attempts: 0 } });
  });
});
