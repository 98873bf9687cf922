import type { MessagePort } from "node:worker_threads";
import { serveJobs, type ThreadStart, WorkerPool } from "../platform/worker-pool.ts";
import type { Io } from "./io.ts";
import type { Job, JobAnswers, JobControl, runJob } from "./job.ts";

type Threads = WorkerPool<Job, JobAnswers[keyof JobAnswers]>;

/** How often the main thread looks whether to stop. */
const LOOK_EVERY_MS = 50;

/**
 * Runs jobs in a thread of their own: a search occupies its thread for minutes, and in the meantime a signal has to be heard.
 *
 * - **Errors**: what the job throws, as the same kind of error.
 */
export function runInThread(script: URL): Io["runJob"] {
  return async <K extends keyof JobAnswers>(job: Job<K>, control: JobControl) => {
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const pool: Threads = new WorkerPool(script, 1, stop);
    const look = setInterval(() => {
      if (control.shouldStop()) Atomics.store(stop, 0, 1);
    }, LOOK_EVERY_MS);
    try {
      return (await pool.run(job, control.onProgress)) as JobAnswers[K];
    } finally {
      clearInterval(look);
      await pool.close();
    }
  };
}

/** The thread's side. A job with several workers hands its parts to threads of its own, which hear the same "stop". */
export function serveJobThread(script: URL, start: ThreadStart, port: MessagePort, runner: typeof runJob): void {
  serveJobs<Job, JobAnswers[keyof JobAnswers]>(start, port, async (job, control) => {
    const workers = job.workers ?? 1;
    if (workers < 2) return runner(job, control);
    const pool: Threads = new WorkerPool(script, workers, start.stop);
    const runPart: JobControl["runPart"] = async <P extends keyof JobAnswers>(
      part: Job<P>,
      onProgress?: (text: string) => void,
    ) => (await pool.run(part, onProgress)) as JobAnswers[P];
    try {
      return await runner(job, { ...control, runPart });
    } finally {
      await pool.close();
    }
  });
}
