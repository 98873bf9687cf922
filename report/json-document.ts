import { sortedJson } from "../harness/sorted-json.ts";
import type { ExitCode, VerdictWord } from "../model/verdict.ts";
import { safeJson } from "./formats/safe-json.ts";
import { JSON_SCHEMA_VERSION } from "./json-envelope.ts";

/** What every verb's document says. */
export interface DocumentHead {
  readonly verb: string;
  readonly verdict: VerdictWord;
  /** Undefined where nothing is random. */
  readonly seed?: number;
  readonly exitCode: ExitCode;
  readonly milliseconds: number;
}

/** One JSON document: the head and the verb's own data, keys sorted, times only under `timing`. */
export function jsonDocument(head: DocumentHead, body: Readonly<Record<string, unknown>>): string {
  const { verb, verdict, seed, exitCode, milliseconds } = head;
  const document = sortedJson({
    ...body,
    tool: "asilab",
    schema: JSON_SCHEMA_VERSION,
    verb,
    verdict,
    seed: seed ?? null,
    exitCode,
    timing: { milliseconds },
  });
  return safeJson(document);
}
