import type { Job, JobAnswers, JobControl } from "./job.ts";

/** Where a command writes and what it may know of its surroundings; injected, so that a test can run one in process. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  readonly outIsTty: boolean;
  readonly errIsTty: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** CPUs that may be used. */
  readonly cpus: number;
  nowMs(): number;
  /** SIGINT has been seen. */
  interrupted(): boolean;
  /** Runs a job in a thread of its own, so that signals and progress get through, or at once in this one. */
  runJob<K extends keyof JobAnswers>(job: Job<K>, control: JobControl): Promise<JobAnswers[K]>;
}
