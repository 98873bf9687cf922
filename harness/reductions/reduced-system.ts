import type { TransitionSystem, Visit } from "../../checker/transition-system.ts";
import { ACTION, actionCpu, actionKind, isProgress } from "../../model/action.ts";
import type { Claim } from "../../model/claim.ts";
import { assert } from "../../model/failure.ts";
import type { Machine } from "../../model/machine.ts";
import { Judge } from "../judge.ts";
import type { CpuSymmetry } from "./cpu-symmetry.ts";
import { LeaningBroken } from "./leaning-broken.ts";
import type { LockSections } from "./lock-sections.ts";
import type { StepMirror } from "./permuted-steps.ts";
import type { SwitchBound } from "./switch-bound.ts";

/** What a search of a design is reduced by; each part may be absent. */
interface Reductions {
  readonly symmetry?: CpuSymmetry;
  /** Beside symmetry: looks at some of the states searched, on a machine of its own. */
  readonly mirror?: StepMirror;
  readonly sections?: LockSections;
  readonly switches?: SwitchBound;
}

/** Of so many states expanded, one has its steps compared with those of its images. */
export const MIRRORED_EVERY = 32;

/** No second action was taken together with the first. */
const ALONE = -1;

/** What one expansion finds, before symmetry: the machine holds the successor while it is told. */
type Found = (action: number, body: number, violated: number, dead: boolean) => void;

/**
 * A machine with its claims, as the search engine sees it, with fewer states: one of each set that renaming CPUs makes, none
 * between the acquisition of a lock and the step behind it, none beyond a bound of context switches.
 *
 * - **Shapes, units**: actions that the engine stores belong to the canonical states that they leave; `realPath` makes a run.
 * - **Errors**: `LeaningBroken` when what the reduction takes for granted turns out not to be so.
 */
export class ReducedSystem implements TransitionSystem {
  readonly words: number;
  readonly labels: readonly string[];
  readonly judge: Judge;
  /** The initial state, with what is carried beside it. */
  private readonly start: Uint32Array;
  private readonly source: Uint32Array;
  private readonly actions: number[] = [];
  private expanded = 0;
  private readonly target: Uint32Array;
  private readonly between: Uint32Array;

  constructor(
    readonly machine: Machine,
    private readonly reductions: Reductions,
    chosen: (claim: Claim) => boolean = () => true,
  ) {
    const { length } = machine.state.words;
    this.words = length + (reductions.switches === undefined ? 0 : 1);
    this.start = new Uint32Array(this.words);
    this.start.set(machine.state.words);
    this.source = new Uint32Array(length);
    this.between = new Uint32Array(length);
    this.target = new Uint32Array(this.words);
    this.judge = new Judge(machine, "search", chosen);
    this.labels = this.judge.claims.map((claim) => claim.id);
  }

  initial(out: Uint32Array): number {
    out.set(this.start);
    this.reductions.symmetry?.canonicalise(out);
    return 0;
  }

  expand(pool: Uint32Array, offset: number, next: Uint32Array, visit: Visit): number {
    const history = this.load(pool, offset);
    if (this.expanded++ % MIRRORED_EVERY === 0) this.mirror();
    return this.successors(history, (action, _body, violated, dead) => {
      this.put(next, action);
      visit(action, violated, dead);
    });
  }

  /**
   * The actions of a run from the initial state that the stored ones stand for.
   *
   * Each stored action leads from one canonical state to the next; the run takes, in its own state, the first action whose
   * successor has that canonical state.
   */
  realPath(stored: readonly number[]): number[] {
    let canonical: Uint32Array = this.start.slice();
    let real: Uint32Array = this.start.slice();
    this.reductions.symmetry?.canonicalise(canonical);
    const path: number[] = [];
    stored.forEach((wanted, index) => {
      const last = index === stored.length - 1;
      const after = this.follow(canonical, (action) => action === wanted);
      const taken = this.follow(real, (_action, violated, reached) => {
        return (!last || after.violated === violated) && isEqual(reached, after.reached);
      });
      path.push(taken.action);
      if (taken.body !== ALONE) path.push(taken.body);
      canonical = after.reached;
      real = taken.left;
    });
    return path;
  }

  private mirror(): void {
    const why = this.reductions.mirror?.differs(this.source);
    if (why !== undefined) throw new LeaningBroken(why, "symmetry");
  }

  /** The first successor of a state that is wanted: canonical (`reached`) and as it is (`left`). */
  private follow(
    state: Uint32Array,
    wanted: (action: number, violated: number, reached: Uint32Array) => boolean,
  ): Step {
    let found: Step | undefined;
    const history = this.load(state, 0);
    this.successors(history, (action, body, violated) => {
      if (found !== undefined) return;
      this.put(this.target, action);
      if (!wanted(action, violated, this.target)) return;
      const left = new Uint32Array(this.words);
      left.set(this.machine.state.words);
      if (this.reductions.switches !== undefined) left[this.words - 1] = this.reductions.switches.after(action);
      found = { action, body, violated, reached: this.target.slice(), left };
    });
    assert(found !== undefined, "each step of a path between canonical states has a counterpart in the run");
    return found;
  }

  /** Brings the machine into a stored state; answers what is carried beside it. */
  private load(pool: Uint32Array, offset: number): number {
    const { source } = this;
    for (let i = 0; i < source.length; i++) source[i] = pool[offset + i] as number;
    this.machine.state.words.set(source);
    this.judge.load();
    return this.reductions.switches === undefined ? 0 : (pool[offset + source.length] as number);
  }

  /** The machine's state, with what is carried beside it, in its canonical form. */
  private put(next: Uint32Array, action: number): void {
    const { symmetry, switches } = this.reductions;
    next.set(this.machine.state.words);
    if (switches !== undefined) next[this.words - 1] = switches.after(action);
    symmetry?.canonicalise(next);
  }

  /** Performs every action of the loaded state. Answers the claims that it violates by resting. */
  private successors(history: number, found: Found): number {
    const { machine, judge, actions, source } = this;
    const { words } = machine.state;
    const { switches } = this.reductions;
    actions.length = 0;
    machine.enumerate(this.collect);
    switches?.open(history, (cpu) => this.canStep(cpu));
    let progress = 0;
    for (let i = 0; i < actions.length; i++) {
      words.set(source);
      const action = actions[i] as number;
      machine.clearStep();
      if (!this.perform(action)) continue;
      if (isProgress(action)) progress++;
      if (switches?.forbids(action) === true) continue;
      const violated = judge.afterStep();
      this.finish(action, violated, found);
    }
    if (progress > 0) return 0;
    words.set(source);
    machine.clearStep();
    return judge.atStandstill();
  }

  /** Takes the body of a section with the step that opened it. */
  private finish(action: number, violated: number, found: Found): void {
    const { machine, judge, source, between } = this;
    const { sections } = this.reductions;
    const { terminalMask } = judge;
    const body = violated === 0 ? sections?.bodyAfter(action, source) : undefined;
    if (sections === undefined || body === undefined) {
      found(action, ALONE, violated, (violated & terminalMask) !== 0);
      return;
    }
    between.set(machine.state.words);
    machine.clearStep();
    if (sections.performBody(body, source)) {
      const broken = judge.afterStep();
      found(action, body, broken, (broken & terminalMask) !== 0);
      return;
    }
    machine.state.words.set(between);
    found(action, ALONE, violated, false);
  }

  private perform(action: number): boolean {
    const { sections } = this.reductions;
    return sections === undefined ? this.machine.perform(action) : sections.perform(action, this.source);
  }

  /** Some step of the CPU is enabled in the loaded state. */
  private canStep(cpu: number): boolean {
    const { machine, source } = this;
    const can = this.actions.some((action) => {
      if (actionCpu(action) !== cpu || actionKind(action) !== ACTION.step) return false;
      machine.state.words.set(source);
      return machine.perform(action);
    });
    machine.state.words.set(source);
    return can;
  }

  private readonly collect = (action: number): void => {
    this.actions.push(action);
  };
}

interface Step {
  readonly action: number;
  readonly body: number;
  readonly violated: number;
  readonly reached: Uint32Array;
  readonly left: Uint32Array;
}

function isEqual(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
