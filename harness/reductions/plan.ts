import type { Claim } from "../../model/claim.ts";
import type { Design } from "../../model/design.ts";
import type { Machine } from "../../model/machine.ts";
import { machineFor } from "../scenario.ts";
import type { Scope } from "../scope.ts";
import { SearchSystem } from "../search-system.ts";
import { AccessLog } from "./access-log.ts";
import { type AgreedSymmetry, agreeOnSymmetry } from "./agreed-symmetry.ts";
import { CpuSymmetry } from "./cpu-symmetry.ts";
import { LeaningBroken } from "./leaning-broken.ts";
import { type Leaning, LockSections, nothingLearnt } from "./lock-sections.ts";
import { StepMirror } from "./permuted-steps.ts";
import { MIRRORED_EVERY, ReducedSystem } from "./reduced-system.ts";
import { SwitchBound } from "./switch-bound.ts";

/** Which reductions a search may use; each is used where it is sound, and the answer says which were. */
export interface ReductionChoice {
  readonly symmetry: boolean;
  /** Partial order: lock sections fused. */
  readonly por: boolean;
}

export const NO_REDUCTIONS: ReductionChoice = { symmetry: false, por: false };
export const ALL_REDUCTIONS: ReductionChoice = { symmetry: true, por: true };

/** Times that a search begins again with what it has learnt, before it goes without fused sections. */
const MOST_LESSONS = 16;

/**
 * What one search of a design in a scope is reduced by, and what the answer says about it.
 *
 * - **Cost**: for symmetry some thousand states of smaller quotas, expanded once for each renaming.
 */
export class ReductionPlan {
  private readonly leaning: Leaning = nothingLearnt();
  private lessons = 0;
  private sections: boolean;
  /** What may be renamed, and what that leans on. */
  private symmetry: AgreedSymmetry | undefined;
  private readonly refusals: string[] = [];

  constructor(
    private readonly design: Design,
    private readonly scope: Scope,
    asked: ReductionChoice,
  ) {
    const lone = scope.cpus === 1;
    const against = asked.por && !lone ? whyNoSections(scope) : undefined;
    if (against !== undefined) this.refusals.push(`no partial order: ${against}`);
    this.sections = asked.por && !lone && against === undefined;
    if (!asked.symmetry) return;
    const agreed = agreeOnSymmetry(design, scope);
    this.symmetry = agreed.symmetry;
    this.refusals.push(...agreed.refusals);
  }

  /** Lock sections are fused: paths need not be shortest. */
  get fuses(): boolean {
    return this.sections;
  }

  /** The system to search, its machine at the beginning of the scenario; `whole` without fused sections. */
  system(chosen: (claim: Claim) => boolean, whole = false): SearchSystem | ReducedSystem {
    const machine = this.machine();
    const { switches } = this.scope;
    const symmetry = this.symmetry && CpuSymmetry.of(machine, switches === undefined ? 0 : 1, this.symmetry.blocks);
    const sections = this.sections && !whole ? new LockSections(machine, this.shadow(), this.leaning) : undefined;
    if (symmetry === undefined && sections === undefined && switches === undefined)
      return new SearchSystem(machine, chosen);
    return new ReducedSystem(
      machine,
      {
        ...(symmetry instanceof CpuSymmetry ? { symmetry, mirror: this.mirror(symmetry, chosen) } : {}),
        ...(sections === undefined ? {} : { sections }),
        ...(switches === undefined ? {} : { switches: new SwitchBound(switches) }),
      },
      chosen,
    );
  }

  /** Makes the next system one that does not lean on what was just found to be otherwise. Passes other errors on. */
  learn(error: unknown): void {
    if (!(error instanceof LeaningBroken)) throw error;
    this.lessons++;
    if (error.without === "symmetry") {
      this.symmetry = undefined;
      this.refusals.push(`no symmetry: ${error.why}`);
    } else if (error.without === "sections" || this.lessons > MOST_LESSONS) {
      this.sections = false;
      this.refusals.push(`no partial order: ${error.why}`);
    }
  }

  /** The end of a completeness sentence: up to what, and what that leans on. */
  words(): string {
    const upTo = [...(this.symmetry?.names ?? []), ...(this.sections ? ["partial order (lock sections fused)"] : [])];
    const most = this.scope.switches;
    return [
      most === undefined ? "" : `, at most ${most} preemptive ${most === 1 ? "switch" : "switches"}`,
      upTo.length === 0 ? "" : `, up to ${upTo.join(" and ")}`,
      this.symmetry === undefined
        ? ""
        : `; SAMPLED for symmetry: steps have their mirror images in ${this.symmetry.compared}, and in 1 of ${MIRRORED_EVERY} states here`,
      ...this.refusals.map((refusal) => `; ${refusal}`),
    ].join("");
  }

  private mirror(symmetry: CpuSymmetry, chosen: (claim: Claim) => boolean): StepMirror {
    return new StepMirror(new SearchSystem(this.machine(), chosen), symmetry.permuters);
  }

  private machine(): Machine {
    return machineFor(this.design, this.scope);
  }

  private shadow(): { readonly machine: Machine; readonly log: AccessLog } {
    const log = new AccessLog();
    return { machine: machineFor(this.design, this.scope, undefined, log), log };
  }
}

/** Worlds in which the state between a lock and its section can be told from the one before. */
function whyNoSections({ spaces, switches }: Scope): string | undefined {
  if ((spaces?.nmis ?? 0) > 0) return "NMIs arrive between a lock and its section";
  if ((spaces?.stores ?? 0) > 0) return "taking a lock drains the store buffer";
  if (switches !== undefined) return "switches are counted between a lock and its section too";
  return undefined;
}
