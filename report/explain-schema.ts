import { z } from "zod";
import { count, envelope } from "./json-envelope.ts";

/** The first point at which a replay differs from its recording. */
export const divergence = z.strictObject({ step: count, expected: z.string(), actual: z.string() }).optional();

/** What became of a failure that did not replay. */
export const refindSchema = z.strictObject({
  answer: z.enum(["found", "holds", "lost", "mute"]),
  how: z.enum(["actions", "nearby", "scope"]).optional(),
  common: count.optional().describe("leading steps that are those of the recording"),
  steps: count.optional(),
  events: count.optional(),
  witness: z.string().optional(),
  tried: z.strictObject({ attempts: count, searches: count, states: count }),
  file: z.string().optional(),
});

const numbers = z.array(count);

const failure = z.strictObject({
  claim: z.string(),
  statement: z.string(),
  conjunct: z.string().describe("the part of the claim that should hold and does not"),
  operands: z.record(z.string(), z.union([z.string(), z.number()])),
  witness: z.string(),
});

const event = z.strictObject({
  number: count,
  cpu: count,
  firstStep: count,
  lastStep: count,
  text: z.string(),
  call: count.describe("the event that began the call which this one goes on with"),
});

const freedom = z.strictObject({
  needless: numbers.describe("events without which the claim is violated as well"),
  anyOrder: z.array(numbers),
  cpus: z.array(z.strictObject({ calls: numbers, others: numbers, any: z.boolean() })),
  values: z.array(
    z.strictObject({
      event: count,
      step: z.string().optional(),
      name: z.enum(["request", "order", "pfn", "args", "choice"]),
      given: z.string(),
      others: z.array(z.string()),
      any: z.boolean(),
    }),
  ),
  breaks: z
    .array(z.strictObject({ event: count, after: numbers }))
    .describe("steps after any of which the others may come in between"),
  tried: count,
  variants: count,
});

const change = z.strictObject({
  column: z.string(),
  row: count,
  where: z.string(),
  before: z.string(),
  after: z.string(),
});

const slice = z.strictObject({
  seeds: z.array(z.strictObject({ cell: z.string(), value: z.string(), step: count.optional() })),
  links: z.array(
    z.strictObject({
      step: count,
      event: count,
      cpu: count,
      text: z.string(),
      wrote: z.array(change),
      distance: count,
    }),
  ),
  steps: count,
});

const fate = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("sealed"),
    step: count.describe("after it every schedule of the same calls violates the claim; 0: from the beginning"),
    instead: z.array(z.strictObject({ cpu: count, text: z.string() })).describe("what still avoided it before"),
    states: count,
  }),
  z.strictObject({ kind: z.literal("unknown"), step: count, states: count }),
]);

/** What `explain --json` prints. */
export const explainSchema = z.strictObject({
  ...envelope,
  verb: z.literal("explain"),
  answer: z.enum(["reproduced", "violated-differently", "not-violated", "diverged"]),
  design: z.string(),
  claim: z.string(),
  scope: z.string(),
  witness: z.string(),
  events: count,
  steps: count,
  divergence,
  explanation: z
    .strictObject({ failure, events: z.array(event), freedom, slice, fate })
    .optional()
    .describe("absent where the claim is not violated any more"),
});
