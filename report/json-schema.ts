import { z } from "zod";
import { corpusEntrySchema } from "../harness/corpus/entry.ts";
import { counterexampleFileSchema } from "../harness/counterexample-schema.ts";
import { corpusSchema } from "./corpus-schema.ts";
import { doctorSchema } from "./doctor-schema.ts";
import { divergence, explainSchema, refindSchema } from "./explain-schema.ts";
import { count, envelope, verdict } from "./json-envelope.ts";
import { shrinkSchema } from "./shrink-schema.ts";
import { traceMinimiseSchema } from "./trace-minimise-schema.ts";

const evidence = z.strictObject({
  engine: z.enum(["spec", "search", "fuzz", "whole", "trace", "corpus"]),
  scope: z.string(),
  verdict,
  completeness: z.string(),
  states: count.optional(),
  transitions: count.optional(),
  depth: count.optional(),
  runs: count.optional(),
  steps: count.optional(),
  reached: z.boolean().optional().describe("the claim's dangerous situation occurred"),
});

const claimResult = z.strictObject({
  id: z.string(),
  verdict,
  completeness: z.string(),
  reason: z.string().optional().describe("of n/a: the design's reason"),
  evidence: z.array(evidence),
  counterexample: z.string().optional().describe("path of the counterexample file"),
});

const designResult = z.strictObject({
  id: z.string(),
  verdict,
  expected: verdict,
  assuming: z.array(z.string()),
  claims: z.array(claimResult),
});

const found = z.strictObject({
  design: z.string(),
  claim: z.string(),
  witness: z.string(),
  events: count,
  steps: count,
  minimality: z.string(),
  engine: z.string(),
  file: z.string().optional(),
  repeat: z.string().optional().describe("the command that finds it again"),
});

const changed = z.strictObject({
  claim: z.string(),
  verdict,
  other: verdict,
  because: z.string(),
  otherBecause: z.string(),
  counterexample: z.string().optional(),
  otherCounterexample: z.string().optional(),
});

const checking = z.strictObject({
  ...envelope,
  verb: z.enum(["check", "verify", "fuzz"]),
  designs: z.array(designResult),
  counterexamples: z.array(found),
  notes: z.array(z.string()),
  gate: z.array(z.string()).describe("vacuity, coverage, expectations that were not met"),
  nondeterminism: z.array(z.string()).optional().describe("where a second run differed from the first (--twice)"),
  against: z
    .array(
      z.strictObject({
        design: z.string(),
        other: z.string(),
        changed: z.array(changed),
        same: z.record(verdict, z.array(z.string())),
      }),
    )
    .optional()
    .describe("verdicts that change against another design (--against)"),
});

const replayed = z.strictObject({
  ...envelope,
  verb: z.literal("replay"),
  answer: z.enum(["reproduced", "violated-differently", "not-violated", "diverged"]),
  design: z.string(),
  claim: z.string(),
  scope: z.string(),
  witness: z.string(),
  events: count,
  stepsStored: count,
  stepsDone: count,
  hashesCompared: z.boolean(),
  divergence,
  refind: refindSchema.optional().describe("where the run does not replay and its failure was looked for nearby"),
});

const traceStat = z.strictObject({
  ...envelope,
  verb: z.literal("trace stat"),
  file: z.string(),
  stat: z.looseObject({ lines: count, events: count, unparsed: count }),
});

const traceReplay = z.strictObject({
  ...envelope,
  verb: z.literal("trace replay"),
  designs: z.array(designResult),
  replay: z.looseObject({ design: z.string(), scope: z.string(), vacuous: z.array(z.string()) }),
});

const illegalEvent = z.strictObject({
  line: count,
  cpu: z.number().int(),
  pid: z.number().int(),
  event: z.string(),
  reason: z.string(),
  because: z.string(),
  around: z.array(z.string()).describe("the buddy lists and pages as the event found them"),
  nearest: z.string().describe("what would have been legal; empty if nothing is near"),
});

const traceValidation = z.looseObject({
  file: z.string(),
  kernel: z.string(),
  events: count,
  legal: count,
  illegal: count,
  unnamed: count,
  unnamedByCause: z.array(z.strictObject({ cause: z.string(), because: z.string(), blocks: count, pages: count })),
  longestLegalPrefix: count,
  firstIllegalLine: count.describe("0 if every event is legal"),
  illegalByReason: z.record(z.string(), count),
  illegalEvents: z.array(illegalEvent).describe("the first thousand"),
  labels: z.strictObject({ atStart: count, determined: count }),
  end: z.looseObject({ line: count, pages: count, pagesDiffering: count }).optional(),
  pageblockTypes: z
    .array(z.strictObject({ zone: z.string(), type: z.string(), determined: count, recorded: count }))
    .describe("pageblocks whose type events determined, beside all of /proc/pagetypeinfo"),
});

const traceValidate = z.strictObject({
  ...envelope,
  verb: z.literal("trace validate"),
  validation: z.strictObject({
    events: count.describe("buddy-level events judged, all files together"),
    legal: count,
    illegal: count,
    unnamed: count.describe("blocks that moved without an event, each with a licence in the recording"),
    files: z.array(traceValidation),
  }),
});

const designs = z.strictObject({
  ...envelope,
  verb: z.literal("designs"),
  designs: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      summary: z.string(),
      canary: z.boolean(),
      protectedMap: z.enum(["restricted", "direct", "none"]),
      promises: z.array(z.string()),
      breaks: z.array(z.strictObject({ claim: z.string(), because: z.string() })),
      notApplicable: z.record(z.string(), z.string()),
      leavesOut: z.array(z.string()),
    }),
  ),
});

const claims = z.strictObject({
  ...envelope,
  verb: z.literal("claims"),
  claims: z.array(
    z.strictObject({
      id: z.string(),
      kind: z.enum(["safety", "structure", "deadlock", "liveness", "refinement", "assumption"]),
      statement: z.string(),
      because: z.string(),
      moment: z.string(),
      reach: z.string().describe("the dangerous situation that must occur for the claim to mean something"),
    }),
  ),
});

/** Every document asilab writes, by the name of its schema in docs/schema/. */
export const JSON_SCHEMAS = {
  checking,
  replay: replayed,
  explain: explainSchema,
  shrink: shrinkSchema,
  "trace-stat": traceStat,
  "trace-replay": traceReplay,
  "trace-validate": traceValidate,
  "trace-minimise": traceMinimiseSchema,
  corpus: corpusSchema,
  "corpus-entry": corpusEntrySchema,
  designs,
  claims,
  doctor: doctorSchema,
  counterexample: counterexampleFileSchema,
} as const;

/** The schemas as files: name and text, sorted. */
export function jsonSchemaTexts(): ReadonlyMap<string, string> {
  const texts = Object.entries(JSON_SCHEMAS).map(([name, schema]): [string, string] => [
    `${name}.schema.json`,
    `${JSON.stringify(z.toJSONSchema(schema), null, 2)}\n`,
  ]);
  return new Map(texts.sort(([a], [b]) => (a < b ? -1 : 1)));
}
