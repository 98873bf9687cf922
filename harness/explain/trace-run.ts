import type { NamedAction } from "../../model/action.ts";
import type { Witness } from "../../model/claim.ts";
import { diffStates } from "../../model/diff.ts";
import type { Machine } from "../../model/machine.ts";
import { State } from "../../model/state.ts";
import { Judge } from "../judge.ts";
import { resolveRecorded } from "../resolve-recorded.ts";
import { canProgress } from "../standstill.ts";
import { AccessLog, type Cell } from "./access-log.ts";
import { aboutWitness, type TracedStep } from "./causal-slice.ts";
import { actionName } from "./event-name.ts";

/** A run with who read what. */
export interface TracedRun {
  readonly steps: readonly TracedStep[];
  /** What the claim read when it was found violated, of the page and CPU where it fails. */
  readonly claimReads: readonly Cell[];
  readonly witness: Witness;
  readonly machine: Machine;
}

/**
 * Performs a run on a machine that tells every access. The claim is judged after its last step, with nothing in between.
 *
 * - **Cost**: an access costs a map entry; a run of some hundred steps takes milliseconds.
 */
export function traceRun(make: (log: AccessLog) => Machine, actions: readonly NamedAction[], claim: string): TracedRun {
  const log = new AccessLog();
  const machine = make(log);
  const judge = new Judge(machine, "run", ({ id, terminal }) => id === claim || terminal === true);
  const bit = judge.claims.findIndex(({ id }) => id === claim);
  const before = new State(machine.state.layout);
  const steps: TracedStep[] = [];
  judge.load();
  let last = { witness: { text: "" } as Witness, claimReads: [] as Cell[] };
  actions.forEach((action, at) => {
    before.restore(machine.state.words);
    const number = resolveRecorded(machine, action);
    machine.clearStep();
    const reads = log.during(() => {
      if (typeof number === "number") machine.perform(number);
    });
    judge.afterStep();
    if (at === actions.length - 1) last = atEnd(machine, log, judge, bit);
    judge.commit();
    steps.push({ cpu: action.cpu, text: actionName(action), reads, changes: diffStates(before, machine.state) });
  });
  return { steps, machine, ...last };
}

/** What holds at a standstill is also about why nothing moves: what is read to find that out. */
function atEnd(machine: Machine, log: AccessLog, judge: Judge, bit: number): { witness: Witness; claimReads: Cell[] } {
  let witness: Witness = { text: "" };
  const kind = judge.claims[bit]?.kind;
  const ofRest = kind === "liveness" || kind === "deadlock";
  const claimReads = log.during(() => {
    witness = judge.witness(bit);
    if (ofRest) canProgress(machine);
  });
  if (!ofRest) claimReads.splice(0, claimReads.length, ...aboutWitness(machine, claimReads, witness));
  return { witness, claimReads };
}
