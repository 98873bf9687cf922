import { z } from "zod";
import { ACTION, type ActionKind } from "../model/action.ts";
import { COUNTEREXAMPLE_SCHEMA } from "../model/counterexample.ts";

/** Steps a file may hold; a longer run is not a counterexample anybody reads. */
const STEPS_MAX = 1_000_000;

const KINDS = Object.keys(ACTION) as [ActionKind, ...ActionKind[]];
const name = z.string().min(1).max(200);
const sentence = z.string().max(4000);
const index = z
  .number()
  .int()
  .min(0)
  .max(2 ** 24);
const digest = z.string().regex(/^[0-9a-f]{16}$/);

const actionSchema = z.strictObject({
  kind: z.enum(KINDS),
  cpu: z.number().int().min(0).max(31),
  program: name.optional(),
  step: name.optional(),
  level: name.optional(),
  choice: index.optional(),
  request: name.optional(),
  order: z.number().int().min(0).max(31).optional(),
  pfn: index.optional(),
  peer: index.optional(),
  worker: name.optional(),
  call: name.optional(),
  args: z.array(index).max(4).optional(),
});

const stepSchema = z.strictObject({ action: actionSchema, digest, hash: digest });

const metaSchema = z.strictObject({
  format: z.literal("ITF"),
  "format-description": z.string(),
  tool: z.literal("asilab"),
  schema: z.literal(COUNTEREXAMPLE_SCHEMA),
  design: name.describe("id of the design"),
  scope: sentence.describe("the scenario, in the form --scope accepts"),
  claim: name.describe("id of the violated claim"),
  statement: sentence.describe("what the claim says, for the reader"),
  witness: sentence.describe("what is wrong at the end of the run"),
  engine: name,
  seed: z.number().int().optional(),
  minimality: sentence,
  layout: digest.describe("digest of the state's layout; state hashes are compared only under an equal one"),
  initialDigest: digest.describe("observation digest of the initial state"),
  events: index.describe("timeline lines"),
  steps: index.describe("micro-steps"),
  run: z
    .array(stepSchema)
    .max(STEPS_MAX)
    .describe("one entry per micro-step: what was done, and what was seen afterwards"),
});

/** A run of an Informal Trace Format file: integers as numbers, sparse columns as maps. */
const stateSchema = z.record(z.string(), z.unknown());

/** A counterexample file: ITF, with our data under `#meta`. */
export const counterexampleFileSchema = z.strictObject({
  "#meta": metaSchema,
  vars: z.array(name).max(1000),
  states: z
    .array(stateSchema)
    .min(1)
    .max(STEPS_MAX + 1),
});
