import { type MessagePort, Worker } from "node:worker_threads";
import { InputError } from "../model/failure.ts";

/** What every thread of a pool is started with: a word of shared memory that says "stop" when it is 1. */
export interface ThreadStart {
  readonly stop: Int32Array;
}

/** What a job running in a thread is told and may tell. */
export interface ThreadControl {
  readonly onProgress: (text: string) => void;
  readonly shouldStop: () => boolean;
}

type ThreadMessage =
  | { readonly kind: "progress"; readonly text: string }
  | { readonly kind: "answer"; readonly answer: unknown }
  | { readonly kind: "input-error"; readonly code: string; readonly message: string; readonly hint?: string }
  | { readonly kind: "bug"; readonly message: string; readonly stack?: string };

interface Order<Job, Answer> {
  readonly job: Job;
  readonly onProgress: (text: string) => void;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A job may report every run, thousands a second; the listener shows one in a hundred milliseconds. */
const PROGRESS_EVERY_MS = 50;

/**
 * Threads that run jobs, each one at a time; further jobs wait and are taken up in the order in which they were given.
 *
 * Jobs and answers are plain data. Which thread runs a job, and when it ends, must not matter for what is done with the answers:
 * ask for all of them and join them in the order of the jobs.
 *
 * - **Shapes, units**: `script` calls `serveJobs`; at most `most` threads, started when there is work for them and kept until `close`.
 * - **Errors**: what a job throws, as the same kind of error; a thread that dies fails its job.
 */
export class WorkerPool<Job, Answer> {
  private readonly idle: Worker[] = [];
  private readonly all = new Set<Worker>();
  private readonly waiting: Order<Job, Answer>[] = [];
  private readonly running = new Map<Worker, Order<Job, Answer>>();

  constructor(
    private readonly script: URL,
    private readonly most: number,
    private readonly stop: Int32Array,
  ) {}

  run(job: Job, onProgress: (text: string) => void = () => {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ job, onProgress, resolve, reject });
      this.dispatch();
    });
  }

  /** Ends the threads; jobs still running are lost. */
  async close(): Promise<void> {
    const threads = [...this.all];
    this.all.clear();
    this.running.clear();
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  private dispatch(): void {
    while (this.waiting.length > 0) {
      const thread = this.idle.pop() ?? (this.all.size < this.most ? this.start() : undefined);
      if (thread === undefined) return;
      const order = this.waiting.shift();
      if (order === undefined) return;
      this.running.set(thread, order);
      thread.postMessage(order.job);
    }
  }

  private start(): Worker {
    const thread = new Worker(this.script, { workerData: { stop: this.stop } satisfies ThreadStart });
    this.all.add(thread);
    thread.on("message", (message: ThreadMessage) => this.hear(thread, message));
    thread.on("error", (error) => this.lose(thread, error instanceof Error ? error : new Error(String(error))));
    thread.on("exit", (code) => this.lose(thread, new Error(`the job's thread ended without an answer (${code})`)));
    return thread;
  }

  private hear(thread: Worker, message: ThreadMessage): void {
    const order = this.running.get(thread);
    if (order === undefined) return;
    if (message.kind === "progress") {
      order.onProgress(message.text);
      return;
    }
    this.running.delete(thread);
    this.idle.push(thread);
    if (message.kind === "answer") order.resolve(message.answer as Answer);
    else order.reject(asError(message));
    this.dispatch();
  }

  /** A thread has died: its job fails, the others go on with the threads that are left or newly started. */
  private lose(thread: Worker, error: Error): void {
    const order = this.running.get(thread);
    this.running.delete(thread);
    if (!this.all.delete(thread)) return;
    const at = this.idle.indexOf(thread);
    if (at >= 0) this.idle.splice(at, 1);
    order?.reject(error);
    this.dispatch();
  }
}

/** A thread's side: runs each job that comes and posts what comes of it. */
export function serveJobs<Job, Answer>(
  { stop }: ThreadStart,
  port: MessagePort,
  runner: (job: Job, control: ThreadControl) => Promise<Answer>,
): void {
  const post = (message: ThreadMessage): void => port.postMessage(message);
  const control: ThreadControl = {
    onProgress: throttled((text) => post({ kind: "progress", text })),
    shouldStop: () => Atomics.load(stop, 0) === 1,
  };
  port.on("message", (job: Job) => {
    runner(job, control).then(
      (answer) => post({ kind: "answer", answer }),
      (error: unknown) => post(asMessage(error)),
    );
  });
}

function throttled(say: (text: string) => void): (text: string) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (text) => {
    const now = performance.now();
    if (now - last < PROGRESS_EVERY_MS) return;
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
