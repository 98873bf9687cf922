import { type ZodError, z } from "zod";
import type { NamedAction } from "../../model/action.ts";
import { InputError } from "../../model/failure.ts";
import { CLAIMS } from "../../properties/claims.ts";
import { didYouMean } from "../did-you-mean.ts";
import { parseScope } from "../scope.ts";
import { actionLines, actionsOfLines, BadLine } from "./action-line.ts";
import { callLine, callsOfLines, type ScriptedCall } from "./scripted-call.ts";

/** Version of the entries' format. An entry of another version is refused. */
export const CORPUS_SCHEMA = 1;

/** What is expected of a design whose calls are those of an entry. */
export type Expectation = "violated" | "holds" | "n/a";

/** One known failure: the run that shows it on one design, the calls that provoke it on any, and who is expected to fail. */
export interface CorpusEntry {
  /** The design whose steps `actions` names. */
  readonly design: string;
  readonly claim: string;
  /** In the form `--scope` accepts. */
  readonly scope: string;
  /** Two entries with one signature are one failure. */
  readonly signature: string;
  readonly witness: string;
  readonly note?: string;
  readonly calls: readonly ScriptedCall[];
  readonly actions: readonly NamedAction[];
  readonly expectations: Readonly<Record<string, Expectation>>;
}

const LINES_MAX = 10_000;
const line = z.string().min(1).max(400);
const name = z.string().min(1).max(200);

/** An entry as a file: runs as lines of text, so that a review shows what changed. */
export const corpusEntrySchema = z.strictObject({
  tool: z.literal("asilab"),
  schema: z.literal(CORPUS_SCHEMA),
  design: name.describe("id of the design whose steps `actions` names"),
  claim: name.describe("id of the violated claim"),
  scope: z.string().max(4000).describe("the scenario, in the form --scope accepts"),
  signature: name.describe("names the failure; two entries never have the same"),
  witness: z.string().max(4000).describe("what was wrong at the end of the run"),
  note: z.string().max(4000).optional().describe("yours"),
  calls: z.array(line).max(LINES_MAX).describe("what was asked of each CPU, blocks by name"),
  actions: z.array(line).min(1).max(LINES_MAX).describe("the run, step by step"),
  expectations: z
    .record(name, z.enum(["violated", "holds", "n/a"]))
    .describe("design id: what every schedule of these calls comes to"),
});

const HINT = "asilab corpus add FILE.itf.json writes entries; compare with one of those";

/** The text of an entry's file: one call or action to a line, keys sorted. */
export function corpusEntryText(entry: CorpusEntry): string {
  const { actions, calls, claim, design, expectations, note, scope, signature, witness } = entry;
  const rows = Object.entries(expectations).sort(([a], [b]) => (a < b ? -1 : 1));
  const file = {
    actions: actionLines(actions),
    calls: calls.map(callLine),
    claim,
    design,
    expectations: Object.fromEntries(rows),
    ...(note === undefined ? {} : { note }),
    schema: CORPUS_SCHEMA,
    scope,
    signature,
    tool: "asilab",
    witness,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/**
 * Reads an entry's text.
 *
 * - **Errors**: `InputError` CORPUS-NOT-JSON, CORPUS-SCHEMA, CORPUS-FORMAT, UNKNOWN-CLAIM, BAD-SCOPE, each with the file's name. A
 *   design that is not known is no error: entries outlive designs.
 */
export function readCorpusEntry(text: string, file: string): CorpusEntry {
  const json = parseJson(text, file);
  checkVersion(json, file);
  const parsed = corpusEntrySchema.safeParse(json);
  if (!parsed.success) throw new InputError("CORPUS-FORMAT", `${file}: ${firstIssue(parsed.error)}`, HINT);
  const { design, claim, scope, signature, witness, note, calls, actions, expectations } = parsed.data;
  if (!CLAIMS.some(({ id }) => id === claim)) {
    const ids = CLAIMS.map(({ id }) => id);
    throw new InputError(
      "UNKNOWN-CLAIM",
      `${file}: there is no claim "${claim}"${didYouMean(claim, ids)}`,
      "asilab claims",
    );
  }
  return within(file, () => {
    parseScope(scope);
    const runs = { calls: callsOfLines(calls), actions: actionsOfLines(actions) };
    return { design, claim, scope, signature, witness, ...(note === undefined ? {} : { note }), ...runs, expectations };
  });
}

/** `S1-1a2b3c4d.json`: the same failure has the same name. */
export function corpusEntryName({ signature, claim }: Pick<CorpusEntry, "signature" | "claim">): string {
  const digest = signature.startsWith(`${claim}-`) ? signature.slice(claim.length + 1) : signature;
  return `${claim}-${digest.replace(/[^0-9a-zA-Z]/g, "").slice(0, 8)}.json`;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new InputError("CORPUS-NOT-JSON", `${file}: this is not JSON`, HINT);
  }
}

/** Said before anything else: a file of another version differs in ways that would only confuse. */
function checkVersion(json: unknown, file: string): void {
  const { tool, schema } =
    typeof json === "object" && json !== null ? (json as { tool?: unknown; schema?: unknown }) : {};
  if (tool !== "asilab")
    throw new InputError("CORPUS-FORMAT", `${file}: JSON, but no entry of a corpus ("tool")`, HINT);
  if (schema === CORPUS_SCHEMA) return;
  const version = typeof schema === "number" ? `version ${schema}` : "no known version";
  throw new InputError(
    "CORPUS-SCHEMA",
    `${file}: an entry of ${version}; this asilab reads version ${CORPUS_SCHEMA}`,
    "Add its counterexample again with asilab corpus add of this version.",
  );
}

function firstIssue(error: ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "not of the expected form";
  const path = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return `${path.replace(/^\./, "").slice(0, 120) || "the file"}: ${issue.message.slice(0, 200)}`;
}

/** Says in which file the fault is. */
function within<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadLine) throw new InputError("CORPUS-FORMAT", `${file}: ${error.message}`, HINT);
    if (error instanceof InputError) throw new InputError(error.code, `${file}: ${error.message}`, error.hint);
    throw error;
  }
}
