import { beginning, enabling } from "../claim-patterns.ts";
import type { Extension, Rider } from "../extension.ts";
import { FLIP_QUESTIONS, pageblockMissing } from "../pageblock.machine.ts";
import { needs } from "../precondition.ts";
import { range } from "../product.ts";
import { kernel, must, plus } from "../vector-parts.ts";

/**
 * A label for the pages, which are one pageblock: requests are served by the label, and a flip changes it last.
 */
export const pageblockExtension: Extension = {
  asked: ({ pageblock }) => pageblock,
  riders: {
    allocSensitive: asksLabel("serveSensitive"),
    allocNonsensitive: asksLabel("serveNonsensitive"),
    allocMapping: asksLabel("serveNonsensitive"),
    allocUnmapped: asksLabel("serveNonsensitive"),
    map: asksLabel("setLeaf"),
  },
  vectors: (scope) => {
    const every = (question: string) => range(scope.pages).map((page) => must("page", question, page));
    const flip = (rule: string, flipper: string, question: string) =>
      range(scope.cpus).map((cpu) =>
        kernel(`${rule}Flip`, [cpu], [must("pageblock", rule), must("flipper", flipper, cpu), ...every(question)]),
      );
    return [
      ...flip("beginUp", "begin", "confirmFree"),
      ...flip("finishUp", "finish", "confirmMapped"),
      ...flip("beginDown", "begin", "confirmFree"),
      ...flip("finishDown", "finish", "confirmDischarged"),
    ];
  },
  preconditions: () => [
    needs("allocSensitive", "pageblock", ["sensitive"], "a request is served by the label"),
    needs("allocNonsensitive", "pageblock", ["nonsensitive"], "a request is served by the label"),
    needs("allocMapping", "pageblock", ["nonsensitive"], "a request is served by the label"),
    needs("allocUnmapped", "pageblock", ["nonsensitive"], "a request is served by the label"),
    needs("map", "pageblock", ["nonsensitive", "flipping-up"], "nothing is mapped under a sensitive label"),
    needs("beginUpFlip", "pageblock", ["sensitive"], "one flip at a time"),
    needs("finishUpFlip", "pageblock", ["flipping-up"], "only what has begun"),
    needs("beginDownFlip", "pageblock", ["nonsensitive"], "one flip at a time"),
    needs("finishDownFlip", "pageblock", ["flipping-down"], "only what has begun"),
    ...["beginUpFlip", "beginDownFlip"].flatMap((rule) => [
      needs(rule, "flipper", ["idle"], "a CPU has one block in its hands"),
      needs(rule, "page", FLIP_QUESTIONS.confirmFree, "a flip takes the whole block, all of it free"),
    ]),
    ...["finishUpFlip", "finishDownFlip"].map((rule) => needs(rule, "flipper", ["flipping"], "whoever began")),
    needs("finishUpFlip", "page", FLIP_QUESTIONS.confirmMapped, "the label comes with or after the leaf"),
    needs("finishDownFlip", "page", FLIP_QUESTIONS.confirmDischarged, "the label comes after the acknowledgements"),
  ],
  missing: () => pageblockMissing,
  claims: (scope, charts) => [
    {
      id: "S6",
      statement:
        "A block labelled sensitive is always discharged whole; one labelled nonsensitive never holds a secret.",
      patterns: [
        { pageblock: ["sensitive"], translation: ["cached", "stale", "fenced-present"] },
        { pageblock: ["nonsensitive"], content: beginning(charts, "content", "secret") },
      ],
    },
    {
      id: "S12",
      statement: "A block is never flipped by two CPUs, nor has a page of it an owner meanwhile.",
      patterns: [
        { pageblock: FLIPPING, page: OWNED },
        ...(scope.cpus > 1 ? [{ flipper: ["flipping"], "other flipper": ["flipping"] }] : []),
      ],
    },
  ],
  reaches: (_, charts) => [
    {
      id: "S6",
      statement: "A block is on its way to a sensitive label while a CPU is stale for a page of it.",
      patterns: [{ pageblock: ["flipping-down"], translation: ["stale"] }],
    },
    {
      id: "S12",
      statement: "A CPU flips a block, and another one runs in a protected mode.",
      patterns: [{ pageblock: FLIPPING, cpu: enabling(charts, "cpu", "read") }],
    },
  ],
};

const FLIPPING = ["flipping-up", "flipping-down"];
const OWNED = ["allocated-sensitive", "allocated-nonsensitive", "allocated-nonsensitive-unmapped"];

function asksLabel(question: string): Rider {
  return (_, text) => [plus(text, [must("pageblock", question)])];
}
