import type { NamedAction } from "../model/action.ts";
import type { Counterexample, RecordedStep } from "../model/counterexample.ts";
import { diffStates } from "../model/diff.ts";
import { observationDigest, stateHash } from "../model/digest.ts";
import type { Machine } from "../model/machine.ts";
import { State } from "../model/state.ts";
import type { StoredRun, StoredStep } from "./counterexample-file.ts";
import { Judge } from "./judge.ts";
import { machineForRun, type RunSetting } from "./machine-for-run.ts";
import { resolveRecorded } from "./resolve-recorded.ts";
import { canProgress } from "./standstill.ts";

/** The first point at which the machine of today does not do what the file says. */
export interface Divergence {
  /** Micro-step, from 1; 0 is the initial state. */
  readonly step: number;
  readonly expected: string;
  readonly actual: string;
}

/**
 * What a replay found.
 *
 * - `reproduced`: every step was possible, every digest equal, and the claim is violated at the end.
 * - `violated-differently`: the claim is violated again, but something else differed on the way.
 * - `not-violated`: every step was possible and equal, and the claim holds at the end.
 * - `diverged`: the run could not be followed to its end, or went another way and violates nothing.
 */
export interface ReplayReport {
  readonly answer: "reproduced" | "violated-differently" | "not-violated" | "diverged";
  readonly stepsStored: number;
  readonly stepsDone: number;
  /** State hashes were compared as well: the layout is that of the recording. */
  readonly hashesCompared: boolean;
  readonly divergence?: Divergence;
  /** The run as it went today, as far as it could be followed. */
  readonly run: Counterexample;
}

/**
 * Performs a stored run step by step on today's code and compares what an observer sees after each.
 *
 * A digest that differs is noted and the run goes on; a step that cannot be done ends it.
 *
 * - **Errors**: none beyond those of reading the file; whatever the file asks for, the answer is a report.
 */
export function replay(stored: StoredRun, setting: RunSetting = {}): ReplayReport {
  const machine = machineForRun(stored, setting);
  const follower = new Follower(machine, stored);
  follower.compareInitial();
  stored.steps.every((step) => follower.follow(step));
  return follower.report();
}

class Follower {
  private readonly judge: Judge;
  private readonly before: State;
  private readonly hashesCompared: boolean;
  private readonly done: RecordedStep[] = [];
  private readonly initialDigest: string;
  private divergence: Divergence | undefined;
  private violatedNow = 0;
  private witness: string | undefined;

  constructor(
    private readonly machine: Machine,
    private readonly stored: StoredRun,
  ) {
    this.judge = new Judge(machine, "run", ({ id, terminal }) => id === stored.claim || terminal === true);
    this.judge.load();
    this.before = new State(machine.state.layout);
    this.hashesCompared = machine.state.layout.digest === stored.layout;
    this.initialDigest = observationDigest(machine.state);
  }

  compareInitial(): void {
    if (this.initialDigest === this.stored.initialDigest) return;
    this.diverge(
      0,
      `an initial state that looks like ${this.stored.initialDigest}`,
      `it looks like ${this.initialDigest}`,
    );
  }

  /** Does one step; false when it cannot be done. */
  follow(step: StoredStep): boolean {
    const at = this.done.length + 1;
    const action = resolveRecorded(this.machine, step.action);
    if (typeof action === "string") return this.diverge(at, printAction(step.action), action);
    this.before.restore(this.machine.state.words);
    this.machine.clearStep();
    if (!this.machine.perform(action)) return this.diverge(at, printAction(step.action), "the step is blocked");
    this.violatedNow = this.judge.afterStep();
    if (at === this.stored.steps.length) this.witness = this.witnessAtEnd();
    this.judge.commit();
    const seen: RecordedStep = {
      action: step.action,
      changes: diffStates(this.before, this.machine.state),
      digest: observationDigest(this.machine.state),
      hash: stateHash(this.machine.state),
    };
    this.done.push(seen);
    this.compare(at, step, seen);
    return true;
  }

  report(): ReplayReport {
    const { stored, done, divergence, witness } = this;
    const answer =
      witness === undefined
        ? divergence === undefined
          ? "not-violated"
          : "diverged"
        : divergence === undefined
          ? "reproduced"
          : "violated-differently";
    const end = done.length < stored.steps.length ? `the run cannot be followed beyond step ${done.length}` : undefined;
    const told = witness ?? end ?? `${stored.claim} is not violated at the end of this run`;
    return {
      answer,
      stepsStored: stored.steps.length,
      stepsDone: done.length,
      hashesCompared: this.hashesCompared,
      ...(divergence === undefined ? {} : { divergence }),
      run: {
        ...stored,
        layout: this.machine.state.layout.digest,
        initialDigest: this.initialDigest,
        witness: told,
        steps: done,
      },
    };
  }

  private compare(at: number, step: StoredStep, seen: RecordedStep): void {
    const what = `after ${printAction(step.action)}`;
    if (seen.digest !== step.digest) {
      this.diverge(at, `${what} a state that looks like ${step.digest}`, `it looks like ${seen.digest}`);
    } else if (this.hashesCompared && seen.hash !== step.hash) {
      this.diverge(at, `${what} the state ${step.hash}`, `it looks the same, but is ${seen.hash}`);
    }
  }

  /** Keeps the first one. Always false, so that a caller can end with it. */
  private diverge(step: number, expected: string, actual: string): false {
    this.divergence ??= { step, expected, actual };
    return false;
  }

  /** What is wrong at the end, or undefined when the claim holds there. */
  private witnessAtEnd(): string | undefined {
    const bit = this.judge.claims.findIndex((claim) => claim.id === this.stored.claim);
    const kind = this.judge.claims[bit]?.kind;
    if (kind === undefined) return undefined;
    const ofRest = kind === "liveness" || kind === "deadlock";
    const mask = ofRest ? (canProgress(this.machine) ? 0 : this.judge.atStandstill()) : this.violatedNow;
    return ((mask >>> bit) & 1) === 1 ? this.judge.witness(bit).text : undefined;
  }
}

function printAction(action: NamedAction): string {
  const { kind, cpu, program, step } = action;
  return kind === "step" ? `cpu${cpu} ${program}/${step}` : `cpu${cpu} ${kind}`;
}
