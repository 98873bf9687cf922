import { z } from "zod";
import { count, envelope, verdict } from "./json-envelope.ts";

const expectation = z.enum(["violated", "holds", "n/a"]);

/** What `corpus add`, `corpus list` and `corpus run` print with `--json`. */
export const corpusSchema = z.strictObject({
  ...envelope,
  verb: z.enum(["corpus add", "corpus list", "corpus run"]),
  added: z
    .array(
      z.strictObject({
        did: z.enum(["entry", "row", "nothing"]),
        file: z.string().describe("of the corpus"),
        from: z.string().describe("the counterexample file"),
        claim: z.string(),
        signature: z.string(),
        maybeNotMinimal: z.boolean(),
      }),
    )
    .optional()
    .describe("corpus add"),
  entries: z
    .array(
      z.strictObject({
        file: z.string(),
        claim: z.string(),
        scope: z.string(),
        signature: z.string(),
        witness: z.string(),
        note: z.string().optional(),
        calls: count,
        steps: count,
        expectations: z.record(z.string(), expectation),
      }),
    )
    .optional()
    .describe("corpus list"),
  rows: z
    .array(
      z.strictObject({
        file: z.string(),
        claim: z.string(),
        scope: z.string(),
        signature: z.string(),
        cells: z.array(
          z.strictObject({
            design: z.string(),
            verdict,
            expected: expectation.optional(),
            how: z.enum(["replayed", "searched", "not run"]),
            completeness: z.string(),
            states: count,
          }),
        ),
      }),
    )
    .optional()
    .describe("corpus run: every entry on every design"),
  unmet: z.array(z.string()).optional().describe("corpus run: expectations that were not met"),
  counterexamples: z.array(z.string()).optional().describe("corpus run: files of what nobody expected"),
  changed: z.array(z.string()).optional().describe("corpus run --record: entries that changed"),
});
