import { exitName } from "../harness/exit.ts";
import { printable } from "../harness/trace/stranger-text.ts";
import type { TraceReplayResult, TraceViolation } from "../harness/trace-replay/result.ts";
import { type DesignResult, EXIT, type ExitCode } from "../model/verdict.ts";
import type { Ink } from "./ink.ts";
import { figure } from "./trace-stat-text.ts";
import { verdictText } from "./verdict-text.ts";

/** What a design did on a recorded trace: fates of the events, work, verdicts, and what had to be assumed. */
export function traceReplayText(design: DesignResult, result: TraceReplayResult, ink: Ink, exitCode: ExitCode): string {
  const rows = [...factRows(result), ...workRows(result)];
  const notes = [
    ...result.vacuous.map((id) => `vacuous here: ${id} did not occur`),
    ...result.inferred.map((sentence) => `inferred: ${sentence}`),
  ];
  const found = result.violations.map((violation) => violationLines(violation));
  const held = result.claims.filter((claim) => claim.verdict === "holds").length;
  const violated = result.violations.map((violation) => violation.claim).join(", ");
  const last =
    violated === ""
      ? `${held} ${held === 1 ? "claim holds" : "claims hold"} on this recording`
      : `violated: ${violated}`;
  const report = {
    results: [design],
    notes,
    gate: [],
    stories: found,
    last: `${exitCode === EXIT.interrupted ? "interrupted: this is what was done until then; " : ""}${last}; exit ${exitCode} (${exitName(exitCode)})`,
    words: false,
  };
  const head = rows.map(([label, text]) => `  ${label.padEnd(11)}${text}`);
  return `${[printable(result.facts.file), ...head, "", verdictText(report, ink)].join("\n")}`;
}

function factRows({ facts, fates, options }: TraceReplayResult): [string, string][] {
  const skipped = fates.untraced + fates.diverged + fates.divergedFrees + fates.failedAllocs + fates.outside;
  return [
    [
      "trace",
      `${printable(facts.workload || "?")}, kernel ${printable(facts.kernelRelease || "?")}, ${facts.cpus} CPUs, ${figure(facts.pages)} pages, ${figure(facts.pagesFreeAtStart)} free at the start (${facts.startState})`,
    ],
    [
      "read",
      `${figure(facts.lines)} lines, ${figure(facts.events)} events, ${figure(facts.unparsed)} unparsed, ${figure(facts.lost)} lost`,
    ],
    [
      "applied",
      `${figure(fates.allocs)} allocations, ${figure(fates.frees)} frees (${figure(fates.unmatched)} of pages older than the trace); ${figure(skipped)} skipped, ${figure(fates.diverged)} of them refused by the model`,
    ],
    [
      "mode",
      `${options.mode}${options.profile === undefined ? "" : `, profile ${options.profile}`}${options.claims === "all" ? "" : `, ${options.claims} claims`}, worker delay ${options.workerDelayMicros} us, one synthetic call in ${options.injectEvery}`,
    ],
  ];
}

function workRows(result: TraceReplayResult): [string, string][] {
  const { work, synthetic } = result;
  return [
    [
      "steps",
      `${figure(work.microSteps)} micro-steps, ${figure(work.calls)} calls, ${figure(work.workerRuns)} worker runs`,
    ],
    [
      "flushes",
      `${figure(work.flushes)} shootdowns, ${figure(work.ipis)} IPIs, longest queue ${figure(work.queueBlocksMax)} blocks`,
    ],
    ...(result.options.mode === "closed-loop" ? [loopRow(result)] : []),
    ["synthetic", `${figure(synthetic.injected)} calls that the recording does not hold`],
  ];
}

/** What the model's own reclaim and compaction were left to do, and whether the run stayed like the recording. */
function loopRow({ fates, work }: TraceReplayResult): [string, string] {
  const share = fates.diverged / Math.max(1, fates.allocs + fates.diverged);
  const latency = share > DIVERGED_MAX ? "; latency withheld" : "";
  return [
    "loop",
    `${figure(fates.dropped)} recorded frees by reclaim left to the model, ${figure(work.refaults)} refaults, ${(share * 100).toFixed(2)} % of the requests diverged${latency}`,
  ];
}

/** Above this share of diverged requests no latency may be derived from a run. */
const DIVERGED_MAX = 0.05;

function violationLines({ claim, witness, during, step, event }: TraceViolation): string[] {
  const where = `line ${figure(event.line)}: ${event.kind} on cpu${event.cpu} by ${printable(event.comm)}-${event.pid}`;
  return [
    `${claim} violated at ${where}`,
    `  ${printable(event.detail)}`,
    `  in a ${during}${step === "" ? "" : `, step ${step}`}`,
    `  => ${witness.text}`,
  ];
}
