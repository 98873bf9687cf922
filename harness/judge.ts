import type { Claim, ClaimView, Witness } from "../model/claim.ts";
import type { Machine } from "../model/machine.ts";
import { DirtyPages } from "../model/moments.ts";
import { CLAIMS } from "../properties/claims.ts";
import { abstractBlock, abstractCpu } from "../properties/refinement/abstract-machine.ts";
import { abstractPage } from "../properties/refinement/abstraction.ts";

/**
 * The claims that apply, in groups that a mask can hold. A claim whose violation ends a search is in each group, so that every
 * search of a world sees the same states.
 */
export function claimGroups(
  machine: Machine,
  chosen: (claim: Claim) => boolean = () => true,
): readonly (readonly Claim[])[] {
  const claims = claimsOf(machine).filter(chosen);
  if (claims.length <= MOST_CLAIMS) return [claims];
  const ends = claims.filter((claim) => claim.terminal === true);
  const others = claims.filter((claim) => claim.terminal !== true);
  const size = MOST_CLAIMS - ends.length;
  const groups: Claim[][] = [];
  for (let at = 0; at < others.length; at += size) {
    const group = [...others.slice(at, at + size), ...ends];
    groups.push(claims.filter((claim) => group.includes(claim)));
  }
  return groups;
}

/** How claims are evaluated: whole, incrementally along one run, or incrementally from states that are jumped to. */
export type JudgeForm = "full" | "run" | "search";

/** Bits of a mask that stay a small integer. */
const MOST_CLAIMS = 30;

/** The claims that apply to a design in this world, in report order. */
export function claimsOf(machine: Machine): readonly Claim[] {
  const { notApplicable } = machine.software.design;
  return CLAIMS.filter((claim) => notApplicable[claim.id] === undefined && claim.applies?.(machine) !== false);
}

/**
 * Holds a machine's claims against each of its steps, and remembers which dangerous situations have occurred.
 *
 * - **Shapes, units**: a mask has one bit per entry of `claims`.
 * - **Cost**: incremental forms look at the pages of the step only; `full` looks at all of memory.
 */
export class Judge {
  readonly claims: readonly Claim[];
  /** Bit i: the reach claim of `claims[i]` has occurred. */
  reached = 0;
  private readonly view: ClaimView;
  private readonly atSteps: readonly { readonly bit: number; readonly claim: Claim; readonly form: Claim["check"] }[];
  private readonly atRest: readonly { readonly bit: number; readonly claim: Claim }[];
  private readonly carrying: readonly Claim[];
  readonly terminalMask: number;
  private readonly everyClaim: number;
  /** Claims compare CPUs and blocks with what they were before the step. */
  private readonly abstractsMachine: boolean;
  /** A claim compares pages with what they were before the step. */
  private readonly comparing: boolean;

  constructor(
    private readonly machine: Machine,
    private readonly form: JudgeForm,
    /** Claims to judge, of those that apply: as many as a mask holds, in report order. */
    chosen: (claim: Claim) => boolean = () => true,
  ) {
    this.claims = claimGroups(machine, chosen)[0] ?? [];
    this.view = {
      machine,
      design: machine.software.design,
      alpha: new Uint8Array(machine.world.pages),
      alphaAfter: new Uint8Array(machine.world.pages),
      cpusBefore: new Uint8Array(machine.world.cpus),
      blocksBefore: new Uint8Array(machine.world.blocks),
      carried: new DirtyPages(machine.world.pages),
    };
    this.abstractsMachine = machine.world.spaces !== undefined || machine.world.labels === true;
    this.everyClaim = 2 ** this.claims.length - 1;
    this.comparing = this.claims.some((claim) => claim.kind === "refinement");
    const numbered = this.claims.map((claim, bit) => ({ bit, claim }));
    this.atRest = numbered.filter(({ claim }) => claim.kind === "liveness" || claim.kind === "deadlock");
    this.atSteps = numbered
      .filter(({ claim }) => claim.kind !== "liveness" && claim.kind !== "deadlock")
      .map((entry) => ({ ...entry, form: formOf(entry.claim, form) }));
    this.carrying = form === "run" ? this.claims.filter((claim) => claim.carries !== undefined) : [];
    this.terminalMask = numbered.reduce(
      (mask, { bit, claim }) => (claim.terminal === true ? mask | (1 << bit) : mask),
      0,
    );
  }

  /** Takes the machine's present state as the one that the next step leaves. */
  load(): void {
    const { alpha, carried } = this.view;
    if (this.carrying.length > 0) carried.clear();
    this.loadMachine();
    if (!this.comparing) return;
    for (let pfn = 0; pfn < alpha.length; pfn++) alpha[pfn] = abstractPage(this.machine.k, pfn);
  }

  private loadMachine(): void {
    if (!this.abstractsMachine) return;
    const { k } = this.machine;
    const { cpusBefore, blocksBefore, design } = this.view;
    for (let cpu = 0; cpu < cpusBefore.length; cpu++) cpusBefore[cpu] = abstractCpu(k, cpu);
    for (let block = 0; block < blocksBefore.length; block++) blocksBefore[block] = abstractBlock(k, block, design);
  }

  /**
   * Claims that the step just taken, or the state it led to, violates. A step that dirtied no page and logged no moment (taking a
   * lock, sending an IPI) can violate none; the full form looks all the same, or it could not tell when a primitive forgot to say
   * what it changed.
   */
  afterStep(): number {
    const { dirty, moments } = this.machine.k;
    if (this.form !== "full" && dirty.count === 0 && moments.count === 0) return 0;
    this.carry();
    this.abstractAfter();
    let mask = 0;
    for (const { bit, form } of this.atSteps) if (form(this.view) !== undefined) mask |= 1 << bit;
    this.noteReached();
    return mask;
  }

  /** Makes the present state the one that the next step leaves; for runs. */
  commit(): void {
    const { alpha, alphaAfter } = this.view;
    const { dirty } = this.machine.k;
    for (let i = 0; i < dirty.count && this.comparing; i++) {
      const pfn = dirty.pfns[i] as number;
      alpha[pfn] = alphaAfter[pfn] as number;
    }
    this.loadMachine();
    for (const claim of this.carrying) if (claim.carries?.(this.view) === true) this.view.carried.clear();
  }

  /** Claims that a state in which no progress action is enabled violates. */
  atStandstill(): number {
    let mask = 0;
    for (const { bit, claim } of this.atRest) if (claim.check(this.view) !== undefined) mask |= 1 << bit;
    return mask;
  }

  /** What is wrong, in words; asks the full form of a claim that was just found violated. */
  witness(bit: number): Witness {
    const claim = this.claims[bit];
    const witness = claim?.recheck(this.view) ?? claim?.check(this.view);
    return witness ?? { text: `${claim?.id ?? "claim"} is violated` };
  }

  private abstractAfter(): void {
    const { alphaAfter } = this.view;
    const { k } = this.machine;
    if (!this.comparing) return;
    if (this.form === "full") for (let pfn = 0; pfn < alphaAfter.length; pfn++) alphaAfter[pfn] = abstractPage(k, pfn);
    else {
      for (let i = 0; i < k.dirty.count; i++) {
        const pfn = k.dirty.pfns[i] as number;
        alphaAfter[pfn] = abstractPage(k, pfn);
      }
    }
  }

  private carry(): void {
    if (this.carrying.length === 0) return;
    const { dirty } = this.machine.k;
    for (let i = 0; i < dirty.count; i++) this.view.carried.add(dirty.pfns[i] as number);
  }

  private noteReached(): void {
    if (this.reached === this.everyClaim) return;
    for (let bit = 0; bit < this.claims.length; bit++) {
      if ((this.reached >>> bit) & 1) continue;
      if (this.claims[bit]?.reach.occurs(this.view) === true) this.reached |= 1 << bit;
    }
  }
}

function formOf(claim: Claim, form: JudgeForm): Claim["check"] {
  if (form === "full" || (form === "search" && claim.carries !== undefined)) return claim.check;
  return claim.recheck;
}
