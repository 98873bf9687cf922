import { assert } from "./assert.ts";
import { type ExpandBatch, generateExpand, generateViolatesAny, type ViolatesAny } from "./product-code.ts";
import { layoutProduct, type ProductLayout, packState, unpackState } from "./product-layout.ts";
import { ProductStates } from "./product-states.ts";
import { initialLocals, takeVector, violatesClaim } from "./product-step.ts";
import type { ProductSystem } from "./product-system.ts";
import { ProductTable } from "./product-table.ts";

export interface ProductSearchOptions {
  /** Distinct states to store at most; finding one more ends the search as incomplete. */
  readonly maxStates?: number;
  /** Levels to expand at most; `ProductSearchResult.levels` of them are enough for a complete search. */
  readonly maxLevels?: number;
  /** Called when a level has been expanded whole; `false` ends the search as incomplete. */
  readonly onLevel?: (progress: ProductLevelProgress) => boolean;
  /** Once each of these claims has been violated, finish the level and stop. Empty or absent: run to completion. */
  readonly stopWhen?: readonly string[];
  /** A guess that saves the table from growing; wrong guesses cost time or memory, nothing else. */
  readonly expectedStates?: number;
}

export interface ProductLevelProgress {
  /** Vectors from the initial state to the states just expanded. */
  readonly depth: number;
  /** States waiting in the next level. */
  readonly frontier: number;
  readonly states: number;
  readonly transitions: number;
  /** Claims violated so far. */
  readonly violated: number;
}

export type ProductSearchStop = "states" | "levels" | "interrupted" | "claims" | "memory";

export interface ProductPath {
  /** Names of vectors, from the initial state on. */
  readonly vectors: readonly string[];
  /** Local states of all instances at its end. */
  readonly end: Int32Array;
}

export interface ProductViolation extends ProductPath {
  readonly claim: string;
}

export interface ProductSearchResult {
  readonly states: number;
  readonly transitions: number;
  readonly levels: number;
  /** Every state has been expanded. */
  readonly complete: boolean;
  readonly stoppedBy?: ProductSearchStop;
  /** One entry for each claim of the system, in its order. */
  readonly violations: readonly (ProductViolation | undefined)[];
  /** Names of the vectors that no expanded state enabled, in the system's order. */
  readonly neverEnabled: readonly string[];
  /** Expanded states in which no vector is enabled, and a shortest path to one of them. */
  readonly deadlocks: { readonly states: number; readonly first?: ProductPath };
}

/** States whose successors are generated, hashed and probed together; larger batches gain nothing, smaller ones lose. */
const BATCH = 64;

/**
 * Searches a product of tables breadth first and finds, for each claim, a shortest path that violates it.
 *
 * States are packed into a few words and stored whole; the successor function is generated from the tables as straight-line
 * code. A path is the first found among the shortest; the order is that of the vectors in the system, state by state.
 *
 * - **Shapes, units**: `levels` counts the levels that hold a new state, the initial state's among them; `transitions`
 *   counts every vector enabled in an expanded state, self-loops and known targets included, the initial state not. When a
 *   limit on states cuts a batch short, the batch's transitions are counted whole.
 * - **Cost**: for each state 4 × words + 4 bytes, and 1.6 to 6.4 slots of 4 × words in the visited set; half of the latter
 *   again while it grows. 18.8 million two-word states: 557 MB.
 * - **Errors**: a limit is an answer (`complete: false`), and so is lack of memory; an ill-formed system is a bug and throws.
 */
export function searchProduct(system: ProductSystem, options: ProductSearchOptions = {}): ProductSearchResult {
  const run = new ProductRun(system, options);
  const stoppedBy = exploreLevels(run, options);
  return {
    states: run.states.count,
    transitions: run.transitions,
    levels: run.levels,
    complete: stoppedBy === undefined,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    violations: run.violations,
    neverEnabled: system.vectors.filter((_, index) => run.fired[index] === 0).map((vector) => vector.name),
    deadlocks: { states: run.deadlocks, ...(run.firstDeadlock === undefined ? {} : { first: run.firstDeadlock }) },
  };
}

function exploreLevels(run: ProductRun, options: ProductSearchOptions): ProductSearchStop | undefined {
  const maxLevels = options.maxLevels ?? Number.POSITIVE_INFINITY;
  for (let depth = 0, from = 0; from < run.states.count; depth++) {
    if (depth >= maxLevels) {
      return "levels";
    }
    const to = run.states.count;
    const halted = run.expandLevel(from, to);
    if (halted !== undefined) {
      return halted;
    }
    const frontier = run.states.count - to;
    const violated = run.violations.filter((violation) => violation !== undefined).length;
    const { transitions } = run;
    const goOn = options.onLevel?.({ depth, frontier, states: run.states.count, transitions, violated }) ?? true;
    if (frontier > 0 && run.hasViolatedAll(options.stopWhen ?? [])) {
      return "claims";
    }
    if (frontier > 0 && !goOn) {
      return "interrupted";
    }
    from = to;
  }
  return undefined;
}

class ProductRun {
  readonly states: ProductStates;
  readonly violations: (ProductViolation | undefined)[];
  readonly fired: Uint8Array;
  transitions = 0;
  levels = 1;
  deadlocks = 0;
  firstDeadlock: ProductPath | undefined;

  private readonly system: ProductSystem;
  private readonly maxStates: number;
  private readonly layout: ProductLayout;
  private readonly table: ProductTable;
  private readonly expand: ExpandBatch;
  private readonly violatesAny: ViolatesAny;
  private readonly out: Int32Array;
  private readonly homes: Int32Array;
  private readonly fresh: Int32Array;
  private readonly freshParents: Uint32Array;
  private readonly ends = new Int32Array(BATCH);
  private holding: number;

  constructor(system: ProductSystem, options: ProductSearchOptions) {
    this.system = system;
    this.maxStates = options.maxStates ?? Number.POSITIVE_INFINITY;
    this.layout = layoutProduct(system);
    const { words } = this.layout;
    this.states = new ProductStates(words);
    this.table = new ProductTable(words, Math.min(options.expectedStates ?? 0, this.maxStates));
    this.expand = generateExpand(system, this.layout);
    this.violatesAny = generateViolatesAny(system, this.layout);
    this.fired = new Uint8Array(system.vectors.length);
    this.violations = system.claims.map(() => undefined);
    this.holding = system.claims.length;
    const successorsMax = BATCH * Math.max(system.vectors.length, 1);
    this.out = new Int32Array(successorsMax * words);
    this.homes = new Int32Array(successorsMax);
    this.fresh = new Int32Array(successorsMax * words);
    this.freshParents = new Uint32Array(successorsMax);
    this.start();
  }

  /** Expands the states numbered `from` to `to - 1`, all at the same depth. Answers why it had to stop early, if so. */
  expandLevel(from: number, to: number): ProductSearchStop | undefined {
    let halted: ProductSearchStop | undefined;
    for (let at = from; at < to && halted === undefined; ) {
      const count = Math.min(BATCH, to - at, this.states.runLength(at));
      halted = this.expandBatch(at, count);
      at += count;
    }
    this.levels += this.states.count > to ? 1 : 0;
    return halted;
  }

  hasViolatedAll(claims: readonly string[]): boolean {
    const ids = this.system.claims.map((claim) => claim.id);
    return claims.length > 0 && claims.every((claim) => this.violations[ids.indexOf(claim)] !== undefined);
  }

  private start(): void {
    const root = packState(this.layout, initialLocals(this.system));
    this.table.insertFirst(root);
    this.states.append(root, Uint32Array.of(0), 1);
    this.judge(0);
  }

  private expandBatch(from: number, count: number): ProductSearchStop | undefined {
    const { states, layout, out, ends, homes, fresh, freshParents } = this;
    const words = this.expand(states.chunkOf(from), states.offsetOf(from), count, out, ends, this.fired);
    this.transitions += words / layout.words;
    this.noteDeadlocks(from, count);
    if (!this.table.reserve(states.count + words / layout.words)) {
      return "memory";
    }
    const { table, recent, shift, mask, code } = this.table;
    const kept = code.sift(recent, shift, out, count, ends, homes);
    code.touch(table, homes, kept / layout.words);
    const room = Math.min(this.maxStates - states.count, freshParents.length);
    const answer = code.insertBatch(table, mask, out, homes, from, count, ends, fresh, freshParents, room);
    const stored = answer < 0 ? ~answer : answer;
    const first = states.count;
    states.append(fresh, freshParents, stored);
    for (let index = first; this.holding > 0 && index < states.count; index++) {
      this.judge(index);
    }
    return answer < 0 ? "states" : undefined;
  }

  private noteDeadlocks(from: number, count: number): void {
    for (let i = 0, start = 0; i < count; start = this.ends[i], i++) {
      if (this.ends[i] === start) {
        this.deadlocks++;
        this.firstDeadlock ??= this.pathTo(from + i);
      }
    }
  }

  private judge(index: number): void {
    if (!this.violatesAny(this.states.chunkOf(index), this.states.offsetOf(index))) {
      return;
    }
    const locals = this.localsOf(index);
    for (const [at, claim] of this.system.claims.entries()) {
      if (this.violations[at] === undefined && violatesClaim(this.system, locals, at)) {
        this.violations[at] = { claim: claim.id, ...this.pathTo(index) };
        this.holding--;
      }
    }
  }

  private pathTo(index: number): ProductPath {
    const states = this.states.lineage(index).map((at) => this.localsOf(at));
    const vectors = states.slice(1).map((after, before) => this.vectorBetween(states[before], after));
    return { vectors, end: states[states.length - 1] };
  }

  private vectorBetween(before: Int32Array, after: Int32Array): string {
    const vector = this.system.vectors.find((candidate) => {
      const reached = takeVector(this.system, before, candidate);
      return reached?.every((local, instance) => local === after[instance]) ?? false;
    });
    assert(vector !== undefined, "a vector of the tables leads from a stored state's parent to the state");
    return vector.name;
  }

  private localsOf(index: number): Int32Array {
    return unpackState(this.layout, this.states.chunkOf(index), this.states.offsetOf(index));
  }
}
