import { z } from "zod";
import { count, envelope } from "./json-envelope.ts";

/** What `trace minimise` prints with `--json`. */
export const traceMinimiseSchema = z.strictObject({
  ...envelope,
  verb: z.literal("trace minimise"),
  file: z.string(),
  claim: z.string().optional().describe("absent where the recording violates nothing, as all that follows"),
  line: count.optional().describe("of the recording: where the claim is first violated"),
  eventsBefore: count.optional().describe("of the recording, up to that line"),
  piece: z
    .strictObject({
      file: z.string(),
      events: count,
      minimal: z.boolean().describe("no single event can be left out"),
      tests: count,
      needsMeta: z.boolean().describe("a meta file was written beside it"),
      witness: z.string(),
    })
    .optional(),
});
