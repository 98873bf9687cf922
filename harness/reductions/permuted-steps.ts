import { search } from "../../checker/search.ts";
import type { TransitionSystem, Visit } from "../../checker/transition-system.ts";
import type { Machine } from "../../model/machine.ts";
import { claimGroups } from "../judge.ts";
import { nameAction } from "../name-action.ts";
import { SearchSystem } from "../search-system.ts";
import { type CpuPermutation, printPermutation } from "./cpu-permutation.ts";

/** A renaming of states that is to be held against their steps. */
interface Renaming {
  readonly permutation: CpuPermutation;
  apply(state: Uint32Array, out: Uint32Array): void;
}

/** What the permuted-step test found. */
interface PermutedStepReport {
  /** States whose steps were compared with those of their images. */
  readonly states: number;
  /** They are all the states of the scenario. */
  readonly complete: boolean;
  /** The first step whose image the image of its state does not have, or gets another verdict. */
  readonly broken?: string;
}

/**
 * The permuted-step test: in each state of a scenario, and for each renaming, the successors of the renamed state are the
 * renamed successors, and every claim judges both alike.
 *
 * What breaks it is mostly a loop that goes over CPUs by their numbers, or a column whose sort says less than it holds.
 *
 * - **Cost**: one expansion for each state and renaming, for each group of claims that a mask can hold.
 */
export function permutedSteps(
  fresh: () => Machine,
  renamings: readonly Renaming[],
  maxStates: number,
): PermutedStepReport {
  let report: PermutedStepReport = { states: 0, complete: true };
  for (const group of claimGroups(fresh())) {
    const mirrored = new MirroredSystem(new SearchSystem(fresh(), (claim) => group.includes(claim)), renamings);
    const result = search(mirrored, { maxStates });
    const { broken } = mirrored;
    report = {
      states: result.states,
      complete: report.complete && result.complete,
      ...(broken === undefined ? {} : { broken }),
    };
    if (broken !== undefined) return report;
  }
  return report;
}

interface Successor {
  readonly action: number;
  readonly words: Uint32Array;
  /** Claims that the step violates, and whether it leads to a dead state. */
  readonly violated: number;
  readonly dead: boolean;
}

/** Compares the steps of a state with those of its images. */
export class StepMirror {
  private readonly image: Uint32Array;
  private readonly renamed: Uint32Array;

  constructor(
    private readonly inner: SearchSystem,
    private readonly renamings: readonly Renaming[],
  ) {
    this.image = new Uint32Array(inner.words);
    this.renamed = new Uint32Array(inner.words);
  }

  /** What is different about an image's steps, in words; undefined when nothing is. */
  differs(source: Uint32Array): string | undefined {
    const { successors, atRest } = this.successorsOf(source);
    for (const renaming of this.renamings) {
      renaming.apply(source, this.image);
      const images = this.successorsOf(this.image);
      const lost = successors.find((successor) => !this.isAmong(successor, renaming, images.successors));
      if (lost === undefined && images.successors.length === successors.length && images.atRest === atRest) continue;
      return this.describe(source, lost, renaming);
    }
    return undefined;
  }

  private successorsOf(source: Uint32Array): { readonly successors: Successor[]; readonly atRest: number } {
    const successors: Successor[] = [];
    const next = this.renamed;
    const atRest = this.inner.expand(source, 0, next, (action, violated, dead) => {
      successors.push({ action, words: next.slice(), violated, dead });
    });
    return { successors, atRest };
  }

  private isAmong({ words, violated, dead }: Successor, renaming: Renaming, images: Successor[]): boolean {
    renaming.apply(words, this.renamed);
    const at = images.findIndex(
      (image) => image.violated === violated && image.dead === dead && isEqual(image.words, this.renamed),
    );
    if (at < 0) return false;
    images[at] = { ...(images[at] as Successor), violated: TAKEN };
    return true;
  }

  private describe(source: Uint32Array, lost: Successor | undefined, { permutation }: Renaming): string {
    const { machine } = this.inner;
    const renamed = printPermutation(permutation);
    if (lost === undefined) return `after ${renamed} a state has other actions, or rests with another verdict`;
    machine.state.words.set(source);
    const { kind, cpu, program, step } = nameAction(machine, lost.action);
    const what = program === undefined ? kind : `${program}/${step}`;
    return `${what} on cpu${cpu} has no counterpart after ${renamed}`;
  }
}

/** Expands as the system it wraps, and compares each state that it expands. */
class MirroredSystem implements TransitionSystem {
  readonly words: number;
  readonly labels: readonly string[];
  broken: string | undefined;
  private readonly mirror: StepMirror;

  constructor(
    private readonly inner: SearchSystem,
    renamings: readonly Renaming[],
  ) {
    this.words = inner.words;
    this.labels = inner.labels;
    this.mirror = new StepMirror(inner, renamings);
  }

  initial(out: Uint32Array): number {
    return this.inner.initial(out);
  }

  expand(pool: Uint32Array, offset: number, next: Uint32Array, visit: Visit): number {
    if (this.broken !== undefined) return 0;
    const source = pool.slice(offset, offset + this.words);
    this.broken = this.mirror.differs(source);
    return this.inner.expand(source, 0, next, visit);
  }
}

/** A mask that no successor has. */
const TAKEN = -1;

function isEqual(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
