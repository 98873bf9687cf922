import type { Extension } from "../extension.ts";
import { generationMissing } from "../generation.machine.ts";
import { needs } from "../precondition.ts";
import { range, type VectorText } from "../product.ts";
import { contextOf, kernel, must, named, plus } from "../vector-parts.ts";

/**
 * The bookkeeping behind the policy `generations`: a record per CPU and context, and a CR3 write that goes by it.
 *
 * `enter` becomes two: with NOFLUSH, which invalidates nothing and asks that the record be current, and with an
 * invalidation, which is recorded in a step of its own. An obligation is a generation that the record has not reached.
 */
export const recordExtension: Extension = {
  asked: ({ records }) => records,
  riders: {
    owe: (scope, text) => [plus(text, [must("generation", "bump", text.args[0], contextOf(scope, text))])],
    enter: (scope, text) => {
      const at = [text.args[0], contextOf(scope, text)];
      const unflushed = { ...text, rule: "enterNoflush", parts: text.parts.filter(({ optional }) => !optional) };
      return [
        plus(unflushed, [must("generation", "confirmCurrent", ...at)]),
        plus({ ...text, rule: "enterFlushing" }, [must("generation", "invalidate", ...at)]),
      ];
    },
  },
  vectors: (scope) =>
    range(scope.cpus).flatMap((cpu) =>
      range(scope.contexts).map(
        (context): VectorText =>
          kernel("record", named(scope, cpu, context), [must("generation", "record", cpu, context)]),
      ),
    ),
  preconditions: () => [
    needs("enterNoflush", "cpu", ["entering"], "curr_asi comes before CR3"),
    needs("enterNoflush", "generation", ["current"], "what is behind is invalidated before it is used"),
    needs("enterFlushing", "cpu", ["entering"], "curr_asi comes before CR3"),
    needs("enterFlushing", "generation", ["behind"], "elsewhere there is nothing to catch up with"),
    needs("record", "generation", ["invalidated"], "the invalidation comes first"),
  ],
  missing: () => generationMissing,
  claims: () => [
    {
      id: "S20",
      statement: "A record never says that a context is up to date while an invalidation of it is owed.",
      patterns: [{ generation: ["current"], translation: ["fenced", "fenced-present"] }],
    },
  ],
  reaches: () => [
    {
      id: "S20",
      statement: "A record is current, and a translation that it does not cover has become stale.",
      patterns: [{ generation: ["current"], page: ["pending-flush"], translation: ["stale"] }],
    },
  ],
};
