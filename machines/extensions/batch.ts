import { batchMissing } from "../batch.machine.ts";
import type { Extension, Rider } from "../extension.ts";
import { needs } from "../precondition.ts";
import { range } from "../product.ts";
import { kernel, must, plus, reaches } from "../vector-parts.ts";

/**
 * Shootdowns in batches: pages that wait for their flush are collected, one flush serves them all, and each is then released
 * on the strength of the batch's own books.
 *
 * `release` looks at no translation: that is what makes the books worth a proof. `flushed`, which does look, stays possible;
 * a page may be discharged otherwise before its batch is. Setting a leaf, or discharging the page, takes it out.
 */
export const batchExtension: Extension = {
  asked: ({ batch }) => batch,
  riders: {
    map: cancelling(),
    allocMapping: cancelling(),
    lateMap: cancelling(),
    flushed: cancelling(),
    invalidateAll: (_, text) => [plus(text, [reaches("coverage", "cover", text.args[0])])],
    ack: (_, text) => [plus(text, [reaches("coverage", "cover", text.args[1])])],
  },
  vectors: (scope) => {
    const pages = range(scope.pages);
    const cpus = range(scope.cpus);
    return [
      ...pages.flatMap((page) => [
        kernel(
          "collect",
          [page],
          [must("batch", "collect"), must("page", "confirmPending", page), must("member", "collect", page)],
        ),
        kernel("release", [page], [must("member", "release", page), must("page", "flushed", page)]),
      ]),
      kernel("sealBatch", [], [must("batch", "seal")]),
      kernel(
        "startBatch",
        [],
        [
          must("batch", "start"),
          ...pages.map((page) => reaches("member", "start", page)),
          ...cpus.map((cpu) => must("coverage", "start", cpu)),
        ],
      ),
      kernel(
        "finishBatch",
        [],
        [
          must("batch", "finish"),
          ...pages.map((page) => reaches("member", "finish", page)),
          ...cpus.map((cpu) => must("coverage", "confirmCovered", cpu)),
        ],
      ),
    ];
  },
  preconditions: () => [
    needs("collect", "batch", ["collecting", "flushing"], "a sealed batch is full"),
    needs("collect", "page", ["pending-flush"], "only a page that waits"),
    needs("collect", "member", ["out"], "a page waits once"),
    needs("release", "member", ["credited"], "a flush that observed the clear is over"),
    needs("release", "page", ["pending-flush"], "only a page that waits"),
    needs("sealBatch", "batch", ["collecting"], "one flush at a time"),
    needs("startBatch", "batch", ["sealed"], "what is flushed is fixed first"),
    needs("finishBatch", "batch", ["flushing"], "only what has begun"),
    needs("finishBatch", "coverage", ["covered"], "every CPU has invalidated since the start"),
  ],
  missing: () => batchMissing,
  claims: () => [
    {
      id: "S5",
      statement: "Nor is a flush ever credited with a clear that it did not observe when it started.",
      patterns: [{ member: ["credited"], translation: ["cached", "stale", "fenced-present"] }],
    },
  ],
  reaches: () => [
    {
      id: "S5",
      statement: "A flush is under way, and a page cleared too late for it waits while a CPU is stale.",
      patterns: [{ batch: ["flushing"], member: ["collected"], translation: ["stale"] }],
    },
  ],
};

function cancelling(): Rider {
  return (_, text) => [plus(text, [must("member", "cancel", text.args[0])])];
}
