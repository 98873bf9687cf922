import { CollapsedStore } from "./collapsed-store.ts";
import { NO_PARENT, StateStore } from "./state-store.ts";
import type { TransitionSystem } from "./transition-system.ts";

export interface SearchOptions {
  /** Distinct states to store at most; finding one more ends the search as incomplete. */
  readonly maxStates?: number;
  /** Levels to expand at most; `SearchResult.levels` of them are enough for a complete search. */
  readonly maxLevels?: number;
  /** Called when a level has been expanded whole; `false` ends the search as incomplete. */
  readonly onLevel?: (progress: LevelProgress) => boolean;
  /** Once every label of this mask has been violated, finish the level and stop. 0 or absent: run to completion. */
  readonly stopWhen?: number;
  /**
   * Bytes that states may take as they are; beyond, they are collapsed, which is slower and changes no answer. 4 GiB when
   * absent; 0 collapses from the start.
   */
  readonly plainBytesMax?: number;
}

const PLAIN_BYTES_MAX = 4 * 2 ** 30;

/** States expanded between two looks at the memory. */
const SLICE = 4096;

export interface LevelProgress {
  /** Actions from the initial state to the states just expanded. */
  readonly depth: number;
  /** States waiting in the next level. */
  readonly frontier: number;
  readonly states: number;
  readonly transitions: number;
  /** Mask of the labels violated so far. */
  readonly violated: number;
}

export type SearchStop = "states" | "levels" | "interrupted" | "labels" | "memory";

export interface LabelViolation {
  readonly label: string;
  /** Actions in the path. */
  readonly depth: number;
  /** Action numbers from the initial state on. Needs the search's memory: take it before dropping the result. */
  path(): number[];
}

export interface SearchResult {
  readonly states: number;
  readonly transitions: number;
  readonly levels: number;
  /** States stored but not expanded, because the system called them dead. */
  readonly dead: number;
  /** Every state that is not dead has been expanded. */
  readonly complete: boolean;
  /** What the states took in the end, and whether as they are or collapsed. */
  readonly bytes: number;
  readonly collapsed: boolean;
  readonly stoppedBy?: SearchStop;
  /** One entry for each label of the system, in its order. */
  readonly violations: readonly (LabelViolation | undefined)[];
}

/**
 * Searches a transition system breadth first and finds, for each label, a shortest path that violates it.
 *
 * States are stored whole: two states are the same only if all their words are. A label's path is the first found among
 * the shortest, in the order in which the system enumerates; a path of a label reported for a *source* ends at that source.
 * A state counts as dead if the transition that discovered it said so.
 *
 * - **Shapes, units**: `levels` counts the levels that hold a new state, the initial state's among them (so it is one more
 *   than the largest distance); `transitions` counts every action enabled in an expanded state,
 *   self-loops and known targets included, the initial state not.
 * - **Cost**: one hash and one probe for each transition; 9 to 41 bytes beside a state's own words.
 * - **Errors**: what `expand` throws, untouched; a limit is an answer (`complete: false`), `memory` being the
 *   store's own of 2^29 states; a machine that has no more throws the runtime's `RangeError`.
 */
export function search(system: TransitionSystem, options: SearchOptions = {}): SearchResult {
  const run = new BreadthFirst(system, options);
  const stoppedBy = exploreLevels(run, options);
  return {
    states: run.store.count,
    transitions: run.transitions,
    levels: run.levels,
    dead: run.dead,
    complete: stoppedBy === undefined,
    bytes: run.store.bytes,
    collapsed: run.store instanceof CollapsedStore,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    violations: system.labels.map((label, bit) => run.violation(label, bit)),
  };
}

function exploreLevels(run: BreadthFirst, options: SearchOptions): SearchStop | undefined {
  const maxLevels = options.maxLevels ?? Number.POSITIVE_INFINITY;
  const stopWhen = options.stopWhen ?? 0;
  run.start();
  for (let depth = 0, from = 0; from < run.store.count; depth++) {
    if (depth >= maxLevels) {
      return "levels";
    }
    const to = run.store.count;
    const halted = run.expandLevel(from, to, depth);
    if (halted !== undefined) {
      return halted;
    }
    const frontier = run.store.count - to;
    const { transitions, violated } = run;
    const goOn = options.onLevel?.({ depth, frontier, states: run.store.count, transitions, violated }) ?? true;
    if (frontier > 0 && stopWhen !== 0 && (violated & stopWhen) === stopWhen) {
      return "labels";
    }
    if (frontier > 0 && !goOn) {
      return "interrupted";
    }
    from = to;
  }
  return undefined;
}

interface Finding {
  readonly source: number;
  /** Undefined: the source itself is at fault. */
  readonly action: number | undefined;
  readonly depth: number;
}

class BreadthFirst {
  store: StateStore | CollapsedStore;
  transitions = 0;
  levels = 1;
  dead = 0;
  violated = 0;

  private readonly system: TransitionSystem;
  private readonly maxStates: number;
  private readonly plainBytesMax: number;
  private readonly next: Uint32Array;
  private readonly findings: (Finding | undefined)[];

  constructor(system: TransitionSystem, { maxStates, plainBytesMax }: SearchOptions) {
    this.system = system;
    this.maxStates = maxStates ?? Number.POSITIVE_INFINITY;
    this.plainBytesMax = plainBytesMax ?? PLAIN_BYTES_MAX;
    this.store = new StateStore(system.words);
    this.collapseWhenLarge();
    this.next = system.next ?? new Uint32Array(system.words);
    this.findings = system.labels.map(() => undefined);
  }

  start(): void {
    const violated = this.system.initial(this.next);
    this.store.find(this.next);
    const source = this.store.append(this.next, NO_PARENT, 0, false);
    this.note(violated, source, undefined, 0);
  }

  /** Expands the states numbered `from` to `to - 1`, all at the same depth. Answers why it had to stop early, if so. */
  expandLevel(from: number, to: number, depth: number): SearchStop | undefined {
    let halted: SearchStop | undefined;
    for (let at = from; at < to && halted === undefined; at += SLICE) {
      this.collapseWhenLarge();
      halted = this.expandSlice(at, Math.min(to, at + SLICE), depth);
    }
    return halted;
  }

  private expandSlice(from: number, to: number, depth: number): SearchStop | undefined {
    const { system, store, next, maxStates } = this;
    let source = from;
    let halted: SearchStop | undefined;
    const visit = (action: number, violated: number, dead: boolean): void => {
      if (halted !== undefined) {
        return;
      }
      this.transitions++;
      if (violated !== 0) {
        this.note(violated, source, action, depth + 1);
      }
      if (store.find(next) >= 0) {
        return;
      }
      if (store.count >= maxStates || !store.canGrow) {
        halted = store.count >= maxStates ? "states" : "memory";
        return;
      }
      this.levels = depth + 2;
      this.dead += dead ? 1 : 0;
      store.append(next, source, action, dead);
    };
    for (; source < to && halted === undefined; source++) {
      if (!store.isDead(source)) {
        const violated = system.expand(store.chunkOf(source), store.offsetOf(source), next, visit);
        if (violated !== 0) {
          this.note(violated, source, undefined, depth);
        }
      }
    }
    return halted;
  }

  private collapseWhenLarge(): void {
    if (this.store instanceof StateStore && this.store.bytes > this.plainBytesMax) {
      this.store = CollapsedStore.takeOver(this.store);
    }
  }

  violation(label: string, bit: number): LabelViolation | undefined {
    const finding = this.findings[bit];
    if (finding === undefined) {
      return undefined;
    }
    const { source, action, depth } = finding;
    const store = this.store;
    return { label, depth, path: () => [...store.pathTo(source), ...(action === undefined ? [] : [action])] };
  }

  /** A source's own label is found a level later than a transition's of the same length, hence the comparison. */
  private note(violated: number, source: number, action: number | undefined, depth: number): void {
    this.violated |= violated;
    for (let bit = 0; bit < this.findings.length; bit++) {
      if ((violated & (1 << bit)) !== 0 && depth < (this.findings[bit]?.depth ?? Number.POSITIVE_INFINITY)) {
        this.findings[bit] = { source, action, depth };
      }
    }
  }
}
