import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Io } from "../../cli/io.ts";
import { runJob } from "../../cli/job.ts";
import { run } from "../../cli/run.ts";

export interface Invocation {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process, with streams that only collect. */
export async function invoke(argv: readonly string[], given: Partial<Io> = {}): Promise<Invocation> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(argv, {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    outIsTty: false,
    errIsTty: false,
    env: {},
    cpus: 1,
    nowMs: () => 0,
    interrupted: () => false,
    runJob,
    ...given,
  });
  return { code, out: out.join(""), err: err.join("") };
}

export function freshFolder(): string {
  return mkdtempSync(join(tmpdir(), "asilab-test-"));
}
