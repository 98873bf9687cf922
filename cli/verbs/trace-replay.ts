import { type Command, Option } from "commander";
import { exitOfClaim, worstExit } from "../../harness/exit.ts";
import {
  INJECT_EVERY,
  REPLAY_CLAIMS,
  REPLAY_MODES,
  type ReplayClaims,
  type ReplayMode,
  WORKER_DELAY_MICROS,
} from "../../harness/trace-replay/options.ts";
import type { TraceReplayResult } from "../../harness/trace-replay/result.ts";
import { type DesignResult, EXIT, type ExitCode, findDesign } from "../../index.ts";
import { ASSUMPTIONS } from "../../model/assumptions.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import { PORTS } from "../../platform/ports.ts";
import { spool } from "../../platform/spool.ts";
import { jsonDocument } from "../../report/json-document.ts";
import { traceReplayText } from "../../report/trace-replay-text.ts";
import { wholeNumber } from "../numbers.ts";
import { type RunFlags, runFlags, type Session } from "../session.ts";
import { TRACE_FILE } from "./trace-file.ts";

interface TraceReplayFlags extends RunFlags {
  readonly design: string;
  readonly mode: ReplayMode;
  readonly profile?: KernelVersion;
  readonly claims: ReplayClaims;
  readonly workerDelay: number;
  readonly inject: number;
}

/** `trace replay FILE`: a recording through a design, claims watched. */
export function addTraceReplay(trace: Command, session: Session): void {
  runFlags(
    trace
      .command("replay")
      .description("Run a recorded kernel trace through a design, every micro-step held against every claim.")
      .argument("<file>", `${TRACE_FILE}; what lies beside it is used`),
  )
    .option("--design <id>", "the design", "async-free")
    .addOption(
      new Option("--mode <mode>", "who decides what reclaim frees: the recording, or the model")
        .choices(REPLAY_MODES)
        .default("as-recorded"),
    )
    .addOption(
      new Option("--profile <version>", "the kernel whose allocator is run; default: the recorded one").choices([
        "6.1",
        "6.12",
      ]),
    )
    .addOption(
      new Option("--claims <which>", "all, or those of the structures alone (faster)")
        .choices(REPLAY_CLAIMS)
        .default("all"),
    )
    .option(
      "--worker-delay <us>",
      "microseconds before a woken kernel thread runs",
      wholeNumber("--worker-delay", 0, 10 ** 9),
      WORKER_DELAY_MICROS,
    )
    .option(
      "--inject <n>",
      "one synthetic interrupt in n calls; 0 for none",
      wholeNumber("--inject", 0, 10 ** 9),
      INJECT_EVERY,
    )
    .addHelpText("beforeAll", "Examples:\n  asilab trace replay samples/fork-60k.trace.gz --design async-free\n")
    .action(async (file: string, flags: TraceReplayFlags) => {
      const design = findDesign(flags.design).id;
      const { mode, profile, claims } = flags;
      const told = profile === undefined ? {} : { profile };
      const options = {
        design,
        mode,
        claims,
        ...told,
        workerDelayMicros: flags.workerDelay,
        injectEvery: flags.inject,
      };
      const result = await withFile(file, (source) =>
        session.run({ kind: "trace", request: { ...options, ...source } }, flags),
      );
      session.exitCode = exitOf(result, session.io.interrupted());
      session.io.out(
        flags.json === true
          ? document(session, result)
          : traceReplayText(designResult(result), result, session.ink(flags), session.exitCode),
      );
    });
}

/** A recording may be read twice, and by another thread: standard input is put into a file first. */
export async function withFile<T>(
  file: string,
  use: (source: { readonly file: string; readonly name?: string }) => Promise<T>,
): Promise<T> {
  if (file !== "-") return use({ file });
  const spooled = await spool(PORTS.openBytes(file));
  try {
    return await use({ file: spooled.path, name: "standard input" });
  } finally {
    await spooled.remove();
  }
}

function exitOf(result: TraceReplayResult, interrupted: boolean): ExitCode {
  const violated = result.claims.filter((claim) => claim.verdict === "violated").map((claim) => exitOfClaim(claim.id));
  const idle = result.work.calls === 0 ? [EXIT.expectation] : [];
  return worstExit([...violated, ...idle, ...(interrupted ? [EXIT.interrupted] : [])]);
}

function designResult({ design, verdict, claims }: TraceReplayResult): DesignResult {
  const declared = findDesign(design);
  return {
    id: design,
    verdict,
    expected: declared.breaks.length > 0 ? "violated" : "holds",
    assuming: declared.protectedMap === "none" ? [] : ASSUMPTIONS.map((assumption) => assumption.id),
    claims,
  };
}

function document(session: Session, result: TraceReplayResult): string {
  const head = {
    verb: "trace replay",
    verdict: result.verdict,
    exitCode: session.exitCode,
    milliseconds: session.elapsedMs(),
  };
  const { claims: _claims, ...replay } = result;
  return jsonDocument(head, { designs: [designResult(result)], replay });
}
