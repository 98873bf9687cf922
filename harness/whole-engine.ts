import type { Design } from "../model/design.ts";
import { InputError } from "../model/failure.ts";
import type { KernelVersion } from "../model/gfp.ts";
import type { Machine } from "../model/machine.ts";
import type { Evidence } from "../model/verdict.ts";
import { seededChooser } from "./boot-kernel/chooser.ts";
import { bootKernel } from "./boot-kernel.ts";
import { Judge } from "./judge.ts";
import type { EngineReport, RunControl } from "./outcome.ts";
import { type Chapter, StateDigests } from "./state-digests.ts";
import { MIXED_MACHINE, mixedCall } from "./workloads/mixed.ts";

const PROFILES: readonly KernelVersion[] = ["6.1", "6.12"];

/** Calls between two questions whether to stop. */
const STOP_EVERY = 64;

export interface WholeOptions extends RunControl {
  /** Calls per version profile. */
  readonly calls: number;
  readonly seed: number;
}

/** One run: what it violated, what it reached, one bit per claim. */
interface WholeRun {
  readonly claims: readonly string[];
  readonly violated: number;
  readonly reached: number;
  readonly steps: number;
  readonly calls: number;
  readonly executed: readonly string[];
  readonly chapters: readonly Chapter[];
}

/**
 * Judges a design inside the whole allocator: random calls of every kind under memory pressure, by the rules of each kernel
 * version, with reclaim, compaction, reserves, isolation and hotplug at work and the claims held against each micro-step.
 *
 * - **Cost**: some ten thousand calls a second.
 * - **Leaves out**: interleaving of calls on different CPUs (searches and fuzzing have it), a counterexample file.
 */
export function wholeEngine(design: Design, options: WholeOptions): EngineReport {
  const runs = PROFILES.map((kernel) => runMixed(design, kernel, options));
  const evidence = new Map<string, Evidence>();
  runs[0]?.claims.forEach((id, bit) => {
    evidence.set(id, evidenceOf(bit, runs, options));
  });
  const interrupted = runs.some((run) => run.violated === 0 && run.calls < options.calls);
  const executed = [...new Set(runs.flatMap((run) => run.executed))];
  const chapters = runs.flatMap((run) => run.chapters);
  return { evidence, counterexamples: new Map(), executed, interrupted, chapters };
}

function evidenceOf(bit: number, runs: readonly WholeRun[], { calls, seed }: WholeOptions): Evidence {
  const has = (mask: number): boolean => ((mask >>> bit) & 1) === 1;
  const violated = runs.some((run) => has(run.violated));
  const { zones, cpus, geometry } = MIXED_MACHINE;
  const pages = zones.reduce((sum, zone) => sum + zone.spanned, 0);
  const kernels = PROFILES.join(" and ");
  return {
    engine: "whole",
    scope: `whole,kernel=${PROFILES.join("+")},cpus=${cpus},pages=${pages},geometry=${geometry.name},calls=${calls},seed=${seed}`,
    verdict: violated ? "violated" : "holds",
    completeness: violated
      ? `violated in the whole allocator (${kernels})`
      : `SAMPLED: no violation in ${calls} calls of the whole allocator, by the rules of ${kernels} each`,
    runs: runs.length,
    steps: runs.reduce((sum, run) => sum + run.steps, 0),
    reached: runs.some((run) => has(run.reached)),
  };
}

function runMixed(design: Design, kernel: KernelVersion, options: WholeOptions): WholeRun {
  const draw = seededChooser(options.seed);
  let judge: Judge | undefined;
  let steps = 0;
  let violated = 0;
  const afterStep = (): void => {
    if (judge === undefined) return;
    steps++;
    violated |= judge.afterStep();
    judge.commit();
  };
  const booted = bootKernel(
    { ...MIXED_MACHINE, design, kernel, seed: options.seed, claims: "none" },
    { step: afterStep },
  );
  judge = new Judge(booted.machine, "run");
  judge.load();
  const digests = new StateDigests();
  let calls = 0;
  for (; calls < options.calls && (violated & judge.terminalMask) === 0; calls++) {
    if (calls % STOP_EVERY === 0) {
      if (options.shouldStop?.() === true) break;
      if (options.digests === true) noteState(digests, booted.machine, `call ${calls} by the rules of ${kernel}`);
    }
    if (!attempt(() => mixedCall(booted, draw))) {
      violated |= judge.atStandstill();
      break;
    }
  }
  if (attempt(() => booted.runWorkers())) violated |= judge.atStandstill();
  const { k } = booted.machine;
  const executed = k.table.names().filter((_, index) => k.executed[index] === 1);
  return {
    claims: judge.claims.map(({ id }) => id),
    violated,
    reached: judge.reached,
    steps,
    calls,
    executed,
    chapters: digests.chapters,
  };
}

function noteState(digests: StateDigests, machine: Machine, name: string): void {
  digests.note(machine.state.words);
  digests.close(name);
}

/** False when a call waits for ever: the kernel takes no more. */
function attempt(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof InputError && error.code === "KERNEL-STUCK") return false;
    throw error;
  }
}
