import { describe, expect, test } from "vitest";
import { Judge } from "../../harness/judge.ts";
import { AccessLog } from "../../harness/reductions/access-log.ts";
import { CpuSymmetry } from "../../harness/reductions/cpu-symmetry.ts";
import type { ReductionChoice } from "../../harness/reductions/plan.ts";
import { machineFor } from "../../harness/scenario.ts";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import { findDesign } from "../../index.ts";
import type { Design } from "../../model/design.ts";
import type { Kernel } from "../../model/kernel.ts";
import type { Machine } from "../../model/machine.ts";
import { defineProgram, type MicroStep, NEXT } from "../../model/program.ts";
import { walk } from "../properties/random-walk.ts";

const SECTIONS: ReductionChoice = { symmetry: false, por: true };
const ZONE_LOCK = 0;

/** The baseline with a kernel thread that CPUs may run at any time. */
function withWorker(steps: readonly Pick<MicroStep, "label" | "run">[]): Design {
  const program = defineProgram({
    name: "meddler",
    role: "worker",
    locals: [{ name: "result", sort: "count" }],
    steps: steps.map((step) => ({
      ...step,
      imitates: "nothing in the kernel",
      needs: "any",
      cost: "none",
      touches: ["cpu.lockHolder", "cpu.preemptOff", "cpu.irqsOff"],
    })),
  });
  const worker = { name: "meddler", program, wanted: (k: Kernel, cpu: number) => k.world.cpus > cpu };
  return { ...findDesign("no-asi"), id: "meddling", workers: [worker] };
}

function compared(design: Design): { readonly off: number; readonly on: number; readonly words: string } {
  const scope = parseScope("cpus=2,pages=4,calls=1+1");
  const [off, on] = [verifyDesign(design, { scope }), verifyDesign(design, { scope, reductions: SECTIONS })];
  const verdicts = (report: typeof off): unknown => [...report.evidence].map(([id, { verdict }]) => [id, verdict]);
  expect(verdicts(on)).toEqual(verdicts(off));
  const [first] = on.evidence.values();
  return {
    off: [...off.evidence.values()][0]?.states ?? 0,
    on: first?.states ?? 0,
    words: first?.completeness ?? "",
  };
}

describe("what fused sections lean on is looked at in every step, and a search that finds it otherwise begins again", () => {
  test("a thread that does nothing changes nothing", () => {
    const idle = withWorker([{ label: "idle", run: (_k, f) => f.return(0) }]);
    expect(compared(idle)).toMatchObject({ off: 244, on: 124 });
  });

  test("a lock that somebody tries, and goes on without, is fused no more; locks that others wait for still are", () => {
    const trying = withWorker([
      { label: "try", run: (k, f) => (k.tryLock(ZONE_LOCK) ? NEXT : f.return(0)) },
      {
        label: "release",
        run: (k, f) => {
          k.unlock(ZONE_LOCK);
          return f.return(0);
        },
      },
    ]);
    expect(compared(trying)).toMatchObject({ off: 348, on: 274 });
  });

  test("a step that asks whether another CPU can be preempted turns the reduction off, and the verdict says so", () => {
    const peeking = withWorker([{ label: "peek", run: (k, f) => f.return(k.isPreemptible(1 - k.cpu) ? 0 : 0) }]);
    const { off, on, words } = compared(peeking);
    expect(on).toBe(off);
    expect(words).toMatch(/no partial order: a step looks at the locks or interrupts of another CPU$/);
  });
});

describe("claims", () => {
  test.each([
    ["async-free", "cpus=2,pages=8,calls=3+3"],
    ["flip-probe", "cpus=2,pages=8,calls=3+3"],
    ["flip-probe", "flip-spaces"],
    ["asi-probe-generations", "user-slots,cpus=2,calls=1+1"],
  ])("that judge the steps of %s at %s read nothing that taking a lock writes", (id, scope) => {
    const log = new AccessLog();
    const machine = machineFor(findDesign(id), parseScope(scope), undefined, log);
    // Whether L1 was at stake at all goes by what CPUs are about to do, and decides no verdict.
    const judge = new Judge(machine, "search", (claim) => claim.id !== "L1");
    const read = new Set<string>();
    const watched = (judged: () => void): void => {
      log.begin();
      judged();
      log.end();
      for (const { column } of log.reads) read.add(column);
    };
    walk(machine, 5, 800, (action) => {
      watched(() => judge.load());
      machine.clearStep();
      machine.perform(action);
      watched(() => judge.afterStep());
      return true;
    });
    const written = ["cpu.lockHolder", "cpu.irqsOff", "cpu.preemptOff", "cpu.spinning", "cpu.running", "cpu.pc"];
    expect(written.filter((column) => read.has(column))).toEqual([]);
    expect(read.size).toBeGreaterThan(5);
  });
});

describe("renaming CPUs", () => {
  const scope = parseScope("cpus=3,pages=8,calls=2+2+2,irq=1,preempt=1");

  function walked(seen: (machine: Machine, symmetry: CpuSymmetry) => void): void {
    const machine = machineFor(findDesign("async-free"), scope);
    const symmetry = CpuSymmetry.of(machine);
    if (!(symmetry instanceof CpuSymmetry)) throw new Error(symmetry.refused);
    walk(machine, 11, 200, (action) => {
      machine.clearStep();
      machine.perform(action);
      seen(machine, symmetry);
      return true;
    });
  }

  test("and renaming them back is nothing, in every state of a walk", () => {
    walked(({ state }, { permuters }) => {
      const [once, twice] = [new Uint32Array(state.words.length), new Uint32Array(state.words.length)];
      for (const there of permuters) {
        const back = permuters.find(({ permutation }) =>
          there.permutation.cpus.every((to, from) => permutation.cpus[to] === from),
        );
        there.apply(state.words, once);
        back?.apply(once, twice);
        expect(twice.join()).toBe(state.words.join());
      }
    });
  });

  test("leaves the canonical state the same, and finds it among the images", () => {
    walked(({ state }, symmetry) => {
      const canonical = state.words.slice();
      symmetry.canonicalise(canonical);
      const images = symmetry.permuters.map((permuter) => {
        const image = new Uint32Array(state.words.length);
        permuter.apply(state.words, image);
        return image;
      });
      expect([state.words, ...images].some((image) => image.join() === canonical.join())).toBe(true);
      for (const image of images) {
        symmetry.canonicalise(image);
        expect(image.join()).toBe(canonical.join());
      }
    });
  });
});
