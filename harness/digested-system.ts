import type { TransitionSystem, Visit } from "../checker/transition-system.ts";
import type { StateDigests } from "./state-digests.ts";

/**
 * A transition system whose every successor is noted, new or known, in the order in which they are generated: what a second run
 * is held against.
 */
export function digestedSystem(system: TransitionSystem, digests: StateDigests): TransitionSystem {
  return {
    words: system.words,
    labels: system.labels,
    initial: (out) => {
      const violated = system.initial(out);
      digests.note(out);
      return violated;
    },
    expand: (source, offset, next, visit) => {
      const noting: Visit = (action, violated, dead) => {
        digests.note(next);
        visit(action, violated, dead);
      };
      return system.expand(source, offset, next, noting);
    },
  };
}
