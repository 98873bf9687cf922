import { z } from "zod";
import { envelope } from "./json-envelope.ts";

/** What `doctor` prints with `--json`. */
export const doctorSchema = z.strictObject({
  ...envelope,
  verb: z.literal("doctor"),
  canRun: z.boolean().describe("asilab's main job can run"),
  findings: z.array(
    z.strictObject({
      what: z.string(),
      status: z.enum(["ok", "missing"]),
      needed: z.boolean(),
      found: z.string(),
      serves: z.string().optional().describe("of what is missing: what it is for"),
      install: z.string().optional().describe("of what is missing: what to type"),
    }),
  ),
});
