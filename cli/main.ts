#!/usr/bin/env node
import { availableParallelism } from "node:os";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { EXIT } from "../model/verdict.ts";
import { nowMs } from "../platform/clock.ts";
import type { ThreadStart } from "../platform/worker-pool.ts";
import { runJob } from "./job.ts";
import { run } from "./run.ts";
import { runInThread, serveJobThread } from "./thread.ts";

if (isMainThread) await main();
else if (parentPort !== null) {
  serveJobThread(new URL(import.meta.url), workerData as ThreadStart, parentPort, runJob);
}

/** Connects the command line to the process: its streams, its clock, its signals. */
async function main(): Promise<void> {
  let interrupts = 0;
  process.on("SIGINT", () => {
    interrupts++;
    if (interrupts > 1) process.exit(EXIT.interrupted);
    process.stderr.write("\nasilab: stopping; what was done will be reported (again: stop at once)\n");
  });
  onClosedPipe(process.stdout);
  onClosedPipe(process.stderr);
  process.exitCode = await run(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    outIsTty: process.stdout.isTTY === true,
    errIsTty: process.stderr.isTTY === true,
    env: process.env,
    cpus: availableParallelism(),
    nowMs,
    interrupted: () => interrupts > 0,
    runJob: runInThread(new URL(import.meta.url)),
  });
}

/** A reader that has seen enough (`| head`) is no failure: the run goes on to its exit code, unheard. */
function onClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") failUnwritten(stream, error.code ?? error.message);
  });
}

/** A full disk behind `> FILE`: the report is not there, so no other exit code may stand for it. */
function failUnwritten(stream: NodeJS.WriteStream, why: string): void {
  if (stream === process.stdout) {
    const hint = "free some space, or send the report elsewhere";
    process.stderr.write(
      `asilab: error OUTPUT-UNWRITABLE: standard output cannot be written (${why})\n  try: ${hint}\n`,
    );
  }
  process.exit(EXIT.usage);
}
