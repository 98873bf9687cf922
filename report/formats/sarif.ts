import { failureSignature } from "../../harness/failure-signature.ts";
import { sortedJson } from "../../harness/sorted-json.ts";
import type { Counterexample, RecordedStep } from "../../model/counterexample.ts";
import { CLAIMS } from "../../properties/claims.ts";
import { type ClaimOutcome, claimOutcomes, type FormatInput, gateOutcome, type WrittenRun } from "./claim-outcomes.ts";
import { actionTitle } from "./run-events.ts";
import { safeJson } from "./safe-json.ts";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** Steps of a run that a log shows one by one; of a longer run only those that begin something or change something. */
const STEPS_MAX = 1_000;

type Json = Readonly<Record<string, unknown>>;

/**
 * Verdicts as a SARIF 2.1.0 log: claims are rules, violations are results, and each result has one thread flow per CPU, joined
 * into one order by `executionOrder`.
 *
 * A result's place is the design, as a logical location, and the counterexample file: no line of source is at fault, and none is
 * invented. `partialFingerprints` do not change with the scope, the seed or the numbering of CPUs and pages.
 *
 * - **Shapes, units**: a violation that is as declared is a `note`; what should not be is an `error`.
 */
export function sarifText(input: FormatInput): string {
  const rules = ruleIds(input);
  const results = claimOutcomes(input).flatMap(({ id, claims }) =>
    claims.filter(isTold).map((claim) => resultOf(id, claim, rules)),
  );
  const gate = gateOutcome(input).map((sentence) => ({ level: "error", message: { text: sentence } }));
  const run = {
    tool: { driver: { name: "asilab", version: input.version, rules: rules.map(ruleOf) } },
    invocations: [
      {
        executionSuccessful: !input.outcome.interrupted,
        ...(gate.length === 0 ? {} : { toolExecutionNotifications: gate }),
      },
    ],
    columnKind: "utf16CodeUnits",
    results,
    properties: { verb: input.verb, conclusion: input.last },
  };
  return safeJson(sortedJson({ $schema: SCHEMA, version: "2.1.0", runs: [run] }));
}

function isTold({ claim, result }: ClaimOutcome): boolean {
  return claim.verdict === "violated" || result === "fail";
}

/** All our claims, and what the specification claims beside them. */
function ruleIds({ outcome }: FormatInput): readonly string[] {
  const judged = outcome.results.flatMap((result) => result.claims.map(({ id }) => id));
  return [...new Set([...CLAIMS.map(({ id }) => id), ...judged])];
}

function ruleOf(id: string): Json {
  const claim = CLAIMS.find((known) => known.id === id);
  if (claim === undefined) return { id };
  const { statement, because, kind, moment } = claim;
  return {
    id,
    shortDescription: { text: statement },
    fullDescription: { text: `${statement} ${because}` },
    help: { text: `Must hold: ${moment}. What each claim means: asilab claims` },
    properties: { tags: [kind] },
  };
}

function resultOf(design: string, outcome: ClaimOutcome, rules: readonly string[]): Json {
  const { id, why, result, found } = outcome;
  const told = found === undefined ? why : `${found.run.witness} (${why})`;
  return {
    ruleId: id,
    ruleIndex: rules.indexOf(id),
    level: result === "fail" ? "error" : "note",
    kind: "fail",
    message: { text: `${design}: ${told}` },
    locations: [{ logicalLocations: [{ name: design, kind: "module" }], ...artifactOf(found) }],
    partialFingerprints: { "asilabFailure/v1": fingerprint(design, id, found) },
    ...(found === undefined ? {} : { codeFlows: [codeFlow(found.run)], properties: propertiesOf(found.run) }),
  };
}

function fingerprint(design: string, claim: string, found: WrittenRun | undefined): string {
  return `${design}:${found === undefined ? `${claim}-unfound` : failureSignature(found.run)}`;
}

function artifactOf(found: WrittenRun | undefined): Json {
  if (found?.file === undefined) return {};
  return { physicalLocation: { artifactLocation: { uri: uriOf(found.file) } } };
}

/** A path as a URI reference: relative ones stay relative. */
function uriOf(path: string): string {
  const encoded = [...path].map((unit) => (/[\w./~-]/.test(unit) ? unit : percentEncoded(unit))).join("");
  if (path.startsWith("/")) return `file://${encoded}`;
  return encoded;
}

/** Half a surrogate pair has no encoding. */
function percentEncoded(unit: string): string {
  return /\p{Cs}/u.test(unit) ? "%EF%BF%BD" : encodeURIComponent(unit).replaceAll(/['()!*]/g, percentOf);
}

function percentOf(unit: string): string {
  return `%${unit.charCodeAt(0).toString(16).toUpperCase()}`;
}

function propertiesOf({ scope, engine, events, steps, minimality, seed }: Counterexample): Json {
  return { scope, engine, events, steps: steps.length, minimality, ...(seed === undefined ? {} : { seed }) };
}

function codeFlow(run: Counterexample): Json {
  const told = run.steps.map((step, at) => ({ step, at }));
  const shown = told.length <= STEPS_MAX ? told : told.filter(({ step }) => isEssential(step));
  const cpus = [...new Set(shown.map(({ step }) => step.action.cpu))].sort((a, b) => a - b);
  const threadFlows = cpus.map((cpu) => ({
    id: `cpu${cpu}`,
    locations: shown.filter(({ step }) => step.action.cpu === cpu).map(({ step, at }) => stepLocation(step, at)),
  }));
  return { message: { text: `${run.events} events, ${run.steps.length} steps; ${run.minimality}` }, threadFlows };
}

function stepLocation(step: RecordedStep, at: number): Json {
  const { action, changes } = step;
  const told = changes.map(({ column, where, before, after }) => `${column}${where}: ${before} -> ${after}`);
  const text = [actionTitle(action), ...told].join("; ");
  const name = action.program === undefined ? [] : [{ name: action.program, kind: "function" }];
  return {
    executionOrder: at + 1,
    importance: isEssential(step) ? "essential" : "unimportant",
    location: { message: { text }, ...(name.length === 0 ? {} : { logicalLocations: name }) },
  };
}

/** It begins something, or memory looks different after it. */
function isEssential({ action, changes }: RecordedStep): boolean {
  return action.kind !== "step" || changes.some(({ column }) => !/^(cpu|work)\./.test(column));
}
