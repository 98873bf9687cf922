/**
 * What the generic engine needs to know of an implementation: states are opaque words, actions are opaque numbers.
 *
 * The engine never looks inside a state. It asks for the successors of one, stores those it has not seen, and hands the
 * numbers back when it wants a path named or a state described.
 *
 * - **Shapes, units**: a state is `words` 32-bit words; an action is an integer in 0..2^32-1, meaningful only together
 *   with the state it leaves; a label mask has one bit for each entry of `labels` (at most 31).
 * - **Errors**: an exception thrown by `expand` is a bug of the system and is passed on untouched.
 */
export interface TransitionSystem {
  /** State size in 32-bit words. */
  readonly words: number;
  /** Names of the properties a state or a transition can violate, in bit order of the masks below. */
  readonly labels: readonly string[];
  /** Where the system builds successors anyway; the engine passes it to `expand` instead of an array of its own. */
  readonly next?: Uint32Array;
  /** Writes the initial state into `out` (length `words`) and answers the mask of labels it violates itself. */
  initial(out: Uint32Array): number;
  /**
   * Enumerates every action enabled in the state at `source[offset .. offset + words)`, in a fixed order.
   *
   * For each, writes the successor into `next` and then calls `visit`. `next` belongs to the system and is overwritten by
   * the following action. Answers a mask of labels violated by the *source* as a whole (for example: no action that makes
   * progress is enabled, and yet work is left), or 0.
   */
  expand(source: Uint32Array, offset: number, next: Uint32Array, visit: Visit): number;
}

/**
 * Receives one successor. `violated` is the mask of labels this transition or its target violates; `dead` asks the engine
 * not to expand the target (its structures are broken beyond meaning).
 */
export type Visit = (action: number, violated: number, dead: boolean) => void;
