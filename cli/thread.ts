import { Worker } from "node:worker_threads";
import { InputError } from "../model/failure.ts";
import type { Io } from "./io.ts";
import type { Job, JobAnswers, JobControl, runJob } from "./job.ts";

/** What a thread is started with: a job, and a word of shared memory that says "stop". */
export interface ThreadOrder {
  readonly job: Job;
  readonly stop: Int32Array;
}

type ThreadMessage =
  | { readonly kind: "progress"; readonly text: string }
  | { readonly kind: "answer"; readonly answer: JobAnswers[keyof JobAnswers] }
  | { readonly kind: "input-error"; readonly code: string; readonly message: string; readonly hint?: string }
  | { readonly kind: "bug"; readonly message: string; readonly stack?: string };

/** How often the main thread looks whether to stop. */
const LOOK_EVERY_MS = 50;

/**
 * Runs jobs in a thread of their own: a search occupies its thread for minutes, and in the meantime a signal has to be heard.
 *
 * - **Errors**: what the job throws, as the same kind of error.
 */
export function runInThread(script: URL): Io["runJob"] {
  return <K extends keyof JobAnswers>(job: Job<K>, control: JobControl) =>
    new Promise<JobAnswers[K]>((resolve, reject) => {
      const stop = new Int32Array(new SharedArrayBuffer(4));
      const worker = new Worker(script, { workerData: { job, stop } });
      const look = setInterval(() => {
        if (control.shouldStop()) Atomics.store(stop, 0, 1);
      }, LOOK_EVERY_MS);
      const end = (conclude: () => void): void => {
        clearInterval(look);
        conclude();
      };
      worker.on("error", (error) => end(() => reject(error)));
      worker.on("exit", (code) => end(() => reject(new Error(`the job's thread ended without an answer (${code})`))));
      worker.on("message", (message: ThreadMessage) => {
        if (message.kind === "progress") control.onProgress(message.text);
        else if (message.kind === "answer") end(() => resolve(message.answer as JobAnswers[K]));
        else end(() => reject(asError(message)));
      });
    });
}

/** The thread's side: runs the job it was started with and posts what comes of it. */
export async function serveJob(
  { job, stop }: ThreadOrder,
  runner: typeof runJob,
  post: (message: ThreadMessage) => void,
): Promise<void> {
  try {
    const answer = await runner(job, {
      onProgress: throttled((text) => post({ kind: "progress", text })),
      shouldStop: () => Atomics.load(stop, 0) === 1,
    });
    post({ kind: "answer", answer });
  } catch (error) {
    post(asMessage(error));
  }
}

/** Fuzzing reports every run, thousands a second; the main thread shows one in a hundred milliseconds. */
function throttled(say: (text: string) => void): (text: string) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (text) => {
    const now = performance.now();
    if (now - last < LOOK_EVERY_MS) return;
    last = now;
    say(text);
  };
}

function asMessage(error: unknown): ThreadMessage {
  if (error instanceof InputError) {
    const { code, message, hint } = error;
    return { kind: "input-error", code, message, ...(hint === undefined ? {} : { hint }) };
  }
  if (!(error instanceof Error)) return { kind: "bug", message: String(error) };
  return { kind: "bug", message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}

function asError(message: Exclude<ThreadMessage, { kind: "progress" | "answer" }>): Error {
  if (message.kind === "input-error") return new InputError(message.code, message.message, message.hint);
  const error = new Error(message.message);
  if (message.stack !== undefined) error.stack = message.stack;
  return error;
}
