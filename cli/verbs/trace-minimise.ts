import { basename } from "node:path";
import { type Command, Option } from "commander";
import { didYouMean } from "../../harness/did-you-mean.ts";
import { exitName, exitOfClaim, worstExit } from "../../harness/exit.ts";
import { companionPaths } from "../../harness/trace/meta.ts";
import {
  INJECT_EVERY,
  REPLAY_MODES,
  type ReplayMode,
  WORKER_DELAY_MICROS,
} from "../../harness/trace-replay/options.ts";
import { CLAIMS, EXIT, findDesign, InputError, type KernelVersion, type Minimisation } from "../../index.ts";
import { PORTS } from "../../platform/ports.ts";
import { jsonDocument } from "../../report/json-document.ts";
import { traceMinimiseText } from "../../report/trace-minimise-text.ts";
import { wholeNumber } from "../numbers.ts";
import { type CommonFlags, commonFlags, type Session } from "../session.ts";
import { TRACE_FILE } from "./trace-file.ts";
import { withFile } from "./trace-replay.ts";

interface MinimiseFlags extends CommonFlags {
  readonly design: string;
  readonly claim?: string;
  readonly out?: string;
  readonly mode: ReplayMode;
  readonly profile?: KernelVersion;
  readonly workerDelay: number;
  readonly inject: number;
  readonly maxTests?: number;
  readonly maxSeconds?: number;
}

/** `trace minimise FILE`: the shortest piece of a recording that still violates a claim. */
export function addTraceMinimise(trace: Command, session: Session): void {
  commonFlags(
    trace
      .command("minimise")
      .description("Cut a recorded trace down to the shortest piece that still violates a claim.")
      .argument("<file>", `${TRACE_FILE}; what lies beside it is used`),
  )
    .requiredOption("--design <id>", "the design that fails")
    .option("--claim <id>", "the claim; default: the one that is violated first")
    .option("--out <file>", "where the piece goes; default: asilab-out/NAME-DESIGN-CLAIM.trace")
    .addOption(new Option("--mode <mode>", "as of trace replay").choices(REPLAY_MODES).default("as-recorded"))
    .addOption(new Option("--profile <version>", "as of trace replay").choices(["6.1", "6.12"]))
    .option("--worker-delay <us>", "as of trace replay", wholeNumber("--worker-delay", 0, 10 ** 9), WORKER_DELAY_MICROS)
    .option(
      "--inject <n>",
      "one synthetic interrupt in n calls; 0: none, the recording alone has to fail",
      wholeNumber("--inject", 0, 10 ** 9),
      0,
    )
    .option("--max-tests <n>", "pieces to try at most", wholeNumber("--max-tests", 1, 10 ** 7))
    .option("--max-seconds <n>", "stop after n seconds with what is left", wholeNumber("--max-seconds", 1, 10 ** 7))
    .addHelpText("beforeAll", EXAMPLES)
    .action((file: string, flags: MinimiseFlags) => minimise(session, file, flags));
}

async function minimise(session: Session, file: string, flags: MinimiseFlags): Promise<void> {
  const design = findDesign(flags.design).id;
  const claim = flags.claim === undefined ? {} : { claim: knownClaim(flags.claim) };
  const { mode, profile, workerDelay: workerDelayMicros, inject: injectEvery, maxTests } = flags;
  const told = { ...(profile === undefined ? {} : { profile }), ...(maxTests === undefined ? {} : { maxTests }) };
  const options = { design, ...claim, mode, workerDelayMicros, injectEvery, ...told };
  const limits = flags.maxSeconds === undefined ? {} : { maxSeconds: flags.maxSeconds };
  const result = await withFile(file, (source) =>
    session.run({ kind: "traceMinimise", request: { ...options, ...source } }, limits),
  );
  const exit = result.did === "minimised" ? [exitOfClaim(result.trace.claim)] : [];
  session.exitCode = worstExit([...exit, ...(session.io.interrupted() ? [EXIT.interrupted] : [])]);
  const out = await written(result, file, design, flags.out);
  const name = file === "-" ? "standard input" : file;
  session.io.out(flags.json === true ? document(session, result, name, out) : text(session, result, name, flags, out));
}

async function written(
  result: Minimisation,
  file: string,
  design: string,
  asked: string | undefined,
): Promise<string | undefined> {
  if (result.did === "nothing") return undefined;
  const stem = file === "-" ? "stdin" : basename(file).replace(/(\.(trace|txt|log))?(\.(gz|zst))?$/, "");
  const out = asked ?? `asilab-out/${stem}-${design}-${result.trace.claim}.trace`;
  await PORTS.writeText(out, result.trace.text);
  if (result.trace.meta !== undefined) await PORTS.writeText(companionPaths(out).meta, result.trace.meta);
  return out;
}

function text(
  session: Session,
  result: Minimisation,
  file: string,
  flags: MinimiseFlags,
  out: string | undefined,
): string {
  const exit = `exit ${session.exitCode} (${exitName(session.exitCode)})`;
  if (result.did === "nothing" || out === undefined) {
    const what = flags.claim ?? "no claim";
    const hint = flags.inject === 0 ? `\n  with synthetic interrupts it may be: --inject ${INJECT_EVERY}` : "";
    return `${file}: ${what} is ${flags.claim === undefined ? "" : "not "}violated by ${flags.design} on this recording${hint}\n${exit}\n`;
  }
  const { trace } = result;
  const calls = trace.replayed.work.calls;
  const inject = flags.inject === 0 && calls < INJECT_EVERY ? "" : ` --inject ${flags.inject}`;
  const options = [
    ...(flags.mode === "as-recorded" ? [] : [`--mode ${flags.mode}`]),
    ...(flags.profile === undefined ? [] : [`--profile ${flags.profile}`]),
    ...(flags.workerDelay === WORKER_DELAY_MICROS ? [] : [`--worker-delay ${flags.workerDelay}`]),
  ];
  const repeat = [`asilab trace replay ${out} --design ${flags.design}${inject}`, ...options].join(" ");
  const lines = [...traceMinimiseText(file, flags.design, trace), `wrote ${out}`, `replay: ${repeat}`];
  return `${lines.join("\n")}\n${trace.claim} is violated; ${exit}\n`;
}

function document(session: Session, result: Minimisation, file: string, out: string | undefined): string {
  const violated = result.did === "minimised";
  const head = {
    verb: "trace minimise",
    verdict: violated ? ("violated" as const) : ("holds" as const),
    exitCode: session.exitCode,
    milliseconds: session.elapsedMs(),
  };
  if (!violated) return jsonDocument(head, { file });
  const { claim, found, eventsBefore, events, tests, minimal, meta, replayed } = result.trace;
  const witness = replayed.violations.find((violation) => violation.claim === claim)?.witness.text ?? "";
  const piece = { file: out, events, minimal, tests, needsMeta: meta !== undefined, witness };
  return jsonDocument(head, { file, claim, line: found.event.line, eventsBefore, piece });
}

function knownClaim(id: string): string {
  const ids = CLAIMS.map((claim) => claim.id);
  if (ids.includes(id)) return id;
  throw new InputError("UNKNOWN-CLAIM", `there is no claim "${id}"${didYouMean(id, ids)}`, "asilab claims");
}

const EXAMPLES = `Examples:
  asilab trace minimise samples/net-20k.trace.gz --design canary-keeps-mapped
  asilab trace minimise FILE --design canary-no-zero --claim S1 --out s.trace

The piece is text of the same dialect: cut off at the violation, without every
allocation (and its free) and every event that is not needed. Exit codes: the
claim's own, as of trace replay; 0 if the recording does not violate it.
`;
