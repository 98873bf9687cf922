import type { ZodError } from "zod";
import type { NamedAction } from "../model/action.ts";
import { COUNTEREXAMPLE_SCHEMA, type Counterexample } from "../model/counterexample.ts";
import { assert, InputError } from "../model/failure.ts";
import { textDigest } from "../model/layout.ts";
import type { Machine } from "../model/machine.ts";
import { CLAIMS } from "../properties/claims.ts";
import { counterexampleFileSchema } from "./counterexample-schema.ts";
import { didYouMean } from "./did-you-mean.ts";
import { findDesign } from "./find-design.ts";
import { itfState, itfVariables } from "./itf-state.ts";
import { machineForRun } from "./machine-for-run.ts";
import { resolveRecorded } from "./resolve-recorded.ts";
import { parseScope } from "./scope.ts";
import { sortedJson } from "./sorted-json.ts";

/** A recorded step as a file keeps it: without what it changed, which a replay finds out again. */
export interface StoredStep {
  readonly action: NamedAction;
  readonly digest: string;
  readonly hash: string;
}

/** A counterexample as read from a file. */
export interface StoredRun extends Omit<Counterexample, "steps"> {
  readonly steps: readonly StoredStep[];
}

const DESCRIPTION = "https://apalache-mc.org/docs/adr/015adr-trace.html";
const WRONG = "Is it a file that asilab wrote to asilab-out/?";

/** `async-free-S1-1a2b3c4d.itf.json`: the same run has the same name. */
export function counterexampleName(run: Counterexample): string {
  const actions = run.steps.map((step) => step.action);
  const digest = textDigest(JSON.stringify([run.design, run.scope, run.claim, actions]));
  return `${run.design}-${run.claim}-${digest.slice(0, 8)}.itf.json`;
}

/**
 * The text of a counterexample file: `states[0]` is the initial state, then one state per micro-step.
 *
 * - **Shapes, units**: `vars` are the observable columns and `action`; a column is a map from row to value, zero left out.
 * - **Cost**: replays the run once; one pass over the observable columns per step.
 */
export function counterexampleText(run: Counterexample): string {
  const machine = machineForRun(run);
  const { steps, changes: _changes, ...header } = { ...run, changes: undefined };
  const meta = {
    ...header,
    format: "ITF",
    "format-description": DESCRIPTION,
    tool: "asilab",
    schema: COUNTEREXAMPLE_SCHEMA,
    statement: CLAIMS.find((claim) => claim.id === run.claim)?.statement ?? "",
    steps: steps.length,
    run: steps.map(({ action, digest, hash }) => ({ action, digest, hash })),
  };
  return sortedJson({ "#meta": meta, vars: itfVariables(machine), states: statesOf(machine, run) });
}

/**
 * Reads a counterexample file's text.
 *
 * - **Errors**: `InputError` CEX-NOT-JSON, CEX-SCHEMA, CEX-FORMAT, UNKNOWN-DESIGN, UNKNOWN-CLAIM, BAD-SCOPE, each with the
 *   file's name.
 */
export function readCounterexample(text: string, file: string): StoredRun {
  const json = parseJson(text, file);
  checkVersion(json, file);
  const parsed = counterexampleFileSchema.safeParse(json);
  if (!parsed.success) throw new InputError("CEX-FORMAT", `${file}: ${firstIssue(parsed.error)}`, WRONG);
  const { "#meta": meta, states } = parsed.data;
  if (states.length !== meta.run.length + 1 || meta.steps !== meta.run.length) {
    throw new InputError(
      "CEX-FORMAT",
      `${file}: ${meta.run.length} recorded steps do not fit ${states.length} states and "steps": ${meta.steps}`,
      "The file was edited or is incomplete; write it again with asilab verify.",
    );
  }
  within(file, () => findDesign(meta.design));
  within(file, () => parseScope(meta.scope));
  if (!CLAIMS.some((claim) => claim.id === meta.claim)) {
    const ids = CLAIMS.map((claim) => claim.id);
    throw new InputError(
      "UNKNOWN-CLAIM",
      `${file}: there is no claim "${meta.claim}"${didYouMean(meta.claim, ids)}`,
      "asilab claims",
    );
  }
  const { run, steps: _count, schema: _schema, tool: _tool, format: _format, seed, ...rest } = meta;
  return { ...rest, ...(seed === undefined ? {} : { seed }), steps: run.map(storedStep) };
}

function statesOf(machine: Machine, run: Counterexample): unknown[] {
  const states: unknown[] = [{ "#meta": { index: 0 }, action: "initial", ...itfState(machine.state) }];
  run.steps.forEach(({ action }, at) => {
    const resolved = resolveRecorded(machine, action);
    assert(typeof resolved === "number", `step ${at + 1} of a run just recorded can be done again`);
    machine.clearStep();
    machine.perform(resolved);
    states.push({ "#meta": { index: at + 1 }, action: actionLabel(action), ...itfState(machine.state) });
  });
  return states;
}

/** `cpu1 worker: asi_async_free/clear_leaf`, for readers of the trace in other tools. */
function actionLabel(action: NamedAction): string {
  const { kind, cpu, program, step, level, choice, ...values } = action;
  if (kind === "step") return `cpu${cpu} ${level}: ${program}/${step}${choice === undefined ? "" : `#${choice}`}`;
  const told = Object.entries(values).map(([key, value]) => `${key}=${value}`);
  return `cpu${cpu} ${[kind, ...told].join(" ")}`;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const cut = text.trimStart().startsWith("{") && !text.trimEnd().endsWith("}");
    const what = cut ? "the JSON ends too early; part of the file is missing" : "this is not JSON";
    throw new InputError("CEX-NOT-JSON", `${file}: ${what}`, WRONG);
  }
}

/** Said before anything else: a file of another version differs in ways that would only confuse. */
function checkVersion(json: unknown, file: string): void {
  const meta = isObject(json) ? json["#meta"] : undefined;
  if (!isObject(meta) || meta.tool !== "asilab") {
    throw new InputError("CEX-FORMAT", `${file}: JSON, but not a counterexample of asilab ("#meta".tool)`, WRONG);
  }
  if (meta.schema === COUNTEREXAMPLE_SCHEMA) return;
  const version = typeof meta.schema === "number" ? `version ${meta.schema}` : "no known version";
  throw new InputError(
    "CEX-SCHEMA",
    `${file}: a counterexample of ${version}; this asilab reads version ${COUNTEREXAMPLE_SCHEMA}`,
    "Write it again with asilab verify of this version.",
  );
}

function firstIssue(error: ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "not of the expected form";
  const path = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return `${path.replace(/^\./, "").slice(0, 120) || "the file"}: ${issue.message.slice(0, 200)}`;
}

function storedStep(step: { action: Record<string, unknown>; digest: string; hash: string }): StoredStep {
  const told = Object.entries(step.action).filter(([, value]) => value !== undefined);
  return { action: Object.fromEntries(told) as unknown as NamedAction, digest: step.digest, hash: step.hash };
}

/** Says in which file the fault is. */
function within<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) throw new InputError(error.code, `${file}: ${error.message}`, error.hint);
    throw error;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
