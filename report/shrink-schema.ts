import { z } from "zod";
import { count, envelope } from "./json-envelope.ts";

const size = { events: count, steps: count, scope: z.string().describe("as --scope takes it") };

/** What `shrink --json` prints. */
export const shrinkSchema = z.strictObject({
  ...envelope,
  verb: z.literal("shrink"),
  answer: z
    .enum(["smaller", "as-small-as-it-gets", "not-violated", "diverged"])
    .describe("the last two: the run does not violate its claim any more, and nothing was written"),
  design: z.string(),
  claim: z.string(),
  witness: z.string(),
  minimality: z.string().optional(),
  before: z.strictObject(size),
  after: z.strictObject(size).optional(),
  stages: z
    .array(z.strictObject({ stage: z.enum(["schedule", "data", "scope", "search"]), ...size }))
    .describe("how large the run was after each stage"),
  tried: z.strictObject({ attempts: count, states: count }).describe("runs tried, states searched"),
  file: z.string().optional().describe("path of the counterexample file"),
  divergence: z.strictObject({ step: count, expected: z.string(), actual: z.string() }).optional(),
});
