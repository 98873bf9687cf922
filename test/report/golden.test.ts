import { describe, expect, it } from "vitest";
import { Attempts } from "../../harness/attempts.ts";
import { findDesign } from "../../harness/find-design.ts";
import { placeNames } from "../../harness/machine-for-run.ts";
import { recordRun } from "../../harness/record.ts";
import { runToCompletion } from "../../harness/run-to-completion.ts";
import { machineFor } from "../../harness/scenario.ts";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { ACTION, encodeAction } from "../../model/action.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import { type TimelineOptions, timeline } from "../../report/timeline.ts";

const SMALL = "cpus=2,pages=8,calls=2+2";

const searched = new Map<string, ReadonlyMap<string, Counterexample>>();

function found(design: string, scope: string, claim: string): Counterexample {
  const key = `${design} ${scope}`;
  const runs = searched.get(key) ?? verifyDesign(findDesign(design), { scope: parseScope(scope) }).counterexamples;
  searched.set(key, runs);
  const run = runs.get(claim);
  if (run === undefined) throw new Error(`${design} violates ${claim} in ${scope}`);
  return run;
}

/** Sixteen pairs of calls that have nothing to do with it, then the leak of canary-forget-one-cpu. */
function longRun(): Counterexample {
  const scope = "cpus=2,pages=8,geometry=small,mms=2,calls=40+40,setup=fresh";
  const design = findDesign("canary-forget-one-cpu");
  const machine = machineFor(design, parseScope(scope));
  const actions: number[] = [];
  const call = (kind: number, cpu: number, arg: number): void => {
    machine.perform(encodeAction(kind, cpu, arg));
    actions.push(encodeAction(kind, cpu, arg));
    runToCompletion(machine, (action) => actions.push(action));
  };
  for (let time = 0; time < 16; time++) {
    call(ACTION.alloc, 1, 1);
    call(ACTION.free, 1, 0);
  }
  call(ACTION.alloc, 0, 0);
  call(ACTION.free, 1, 1);
  for (let time = 0; time < 8; time++) call(ACTION.alloc, 1, 1);
  const { taken } = new Attempts(machineFor(design, parseScope(scope)), "S1").numbered(actions);
  const header = { scope, engine: "fuzz", minimality: "locally minimal", seed: 1 };
  return recordRun(machineFor(design, parseScope(scope)), taken, "S1", header);
}

/** A file from a stranger, in which names are terminal sequences, line breaks and turns of the reading direction. */
function hostileRun(): Counterexample {
  const run = found("canary-forget-one-cpu", SMALL, "S1");
  const steps = run.steps.map((step) => {
    const { request, program, worker } = step.action;
    const evil = {
      ...(request === undefined ? {} : { request: `GFP_\u001b]0;owned\u0007KERNEL` }),
      ...(program === undefined ? {} : { program: `${program}\u202e` }),
      ...(worker === undefined ? {} : { worker: `worker\r\n 9  all is well` }),
    };
    return { ...step, action: { ...step.action, ...evil } };
  });
  const witness = `${run.witness}\n\nexit 0 \u001b[2J\u200b日本`;
  return {
    ...run,
    steps,
    witness,
    design: "canary-\u001b[32mcorrect",
    engine: "sea\u0085rch",
    minimality: "\u2028proven",
  };
}

const STORIES: Readonly<Record<string, () => readonly [Counterexample, Partial<TimelineOptions>]>> = {
  plain: () => [found("canary-forget-one-cpu", SMALL, "S1"), {}],
  ipi: () => [found("canary-batch-lost-update", "batch", "S1"), {}],
  "three-cpus": () => [found("canary-forget-one-cpu", "cpus=3,pages=8,calls=1+1+1", "S1"), {}],
  "ascii-pending-ipi": () => [found("canary-flush-under-lock", SMALL, "DEADLOCK"), { ascii: true }],
  "steps-broadcast": () => [found("canary-broadcast-ends-early", "batch-asi", "S8"), { steps: true }],
  "address-spaces": () => [found("canary-stale-host-cr3", "two-slots", "S8"), {}],
  folded: () => [longRun(), {}],
  hostile: () => [hostileRun(), {}],
};

describe("a timeline, as it stands in a mail", () => {
  it.each(Object.keys(STORIES))("is what golden/%s.txt shows", async (name) => {
    const story = STORIES[name];
    if (story === undefined) throw new Error(`there is a story ${name}`);
    const [run, options] = story();
    const places = placeNames({ ...run, design: name === "hostile" ? "canary-forget-one-cpu" : run.design });
    const text = `${timeline(run, { places, file: "asilab-out/run.itf.json", ...options }).join("\n")}\n`;
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(78);
    await expect(text).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  it("lets nothing through that a terminal obeys or hides", () => {
    const text = timeline(hostileRun(), { places: [], file: "a\u001b[2J.json" }).join("\n");
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(text).toContain("\\u{1b}");
  });
});
