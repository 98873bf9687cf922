import { z } from "zod";

/** Version of the documents that `--json` prints. A field may be added within a version, never removed or renamed. */
export const JSON_SCHEMA_VERSION = 1;

export const verdict = z.enum(["holds", "violated", "unknown", "n/a"]);
export const count = z.number().int().min(0);

/** What every document begins with. */
export const envelope = {
  tool: z.literal("asilab"),
  schema: z.literal(JSON_SCHEMA_VERSION),
  verb: z.string(),
  verdict,
  seed: z.number().int().nullable().describe("null where nothing is random"),
  exitCode: count,
  timing: z.strictObject({ milliseconds: count }).describe("the only part that differs between two equal runs"),
};
