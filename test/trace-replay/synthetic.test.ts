import { describe, expect, it } from "vitest";
import { alloc, free, replayLines, replaySample, task } from "./replay-text.ts";

describe("the synthetic mix", () => {
  it("is off at 0 and then makes no call of its own", async () => {
    const { synthetic } = await replaySample("net-20k", "async-free", { injectEvery: 0 });
    expect(Object.values(synthetic)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it("comes once in so many calls, each kind in turn, and every claim holds under it", async () => {
    const result = await replaySample("net-20k", "async-free", { injectEvery: 10 });
    expect(result.verdict).toBe("holds");
    const { injected, ...kinds } = result.synthetic;
    expect(injected).toBe(1219);
    expect(Object.values(kinds)).toEqual([204, 203, 203, 203, 203, 203]);
  });

  it("leaves the fate of every recorded event as it is without it", async () => {
    const [off, often] = [
      await replaySample("net-20k", "async-free", { injectEvery: 0 }),
      await replaySample("net-20k", "async-free", { injectEvery: 7 }),
    ];
    expect(often.fates).toEqual(off.fates);
    expect(often.work.calls).toBe(off.work.calls);
  });

  it("is what catches a lost wake-up: no recording holds a free in the middle of a batch", async () => {
    const without = await replaySample("net-20k", "canary-lost-wakeup", { injectEvery: 0 });
    expect(without.verdict).toBe("holds");
    const { violations } = await replaySample("net-20k", "canary-lost-wakeup");
    expect(violations.map((violation) => violation.claim)).toEqual(["L4"]);
  });

  it("comes behind a call that has interrupts off", async () => {
    const lines = Array.from({ length: 8 }, (_, i) => `0 d.... ${i} ${i % 2 === 0 ? alloc(0x500) : free(0x500)}`);
    const result = await replayLines(lines, "async-free", { injectEvery: 1 });
    expect(result.verdict).toBe("holds");
    expect(result.synthetic.injected).toBe(8);
    expect(result.fates).toMatchObject({ allocs: 4, frees: 4, contexts: { irqsOff: 8 } });
  });

  it("knows one kind on a machine with one CPU: an interrupt of the call that runs", async () => {
    const lines = Array.from({ length: 8 }, (_, i) => task(0, i, i % 2 === 0 ? alloc(0x500) : free(0x500)));
    const result = await replayLines(lines, "async-free", { injectEvery: 1 }, { cpus: 1 });
    expect(result.verdict).toBe("holds");
    expect(result.synthetic).toMatchObject({ injected: 8, hardirqSameCpu: 8 });
    expect(result.work.ipis).toBe(0);
  });

  it("is said in the scope and among what was not recorded", async () => {
    const result = await replayLines([task(0, 0, alloc(0x500))], "async-free", { injectEvery: 50 });
    expect(result.scope).toContain(",inject=50");
    expect(result.inferred.at(-1)).toBe("contexts that recordings lack: one synthetic call in 50, see synthetic");
  });
});
