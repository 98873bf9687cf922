import { MessageChannel } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { InputError } from "../../model/failure.ts";
import { serveJobs, WorkerPool } from "../../platform/worker-pool.ts";

/** A thread that answers each number with its double, late for small ones, and speaks the pool's language for the rest. */
const SCRIPT = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, threadId, workerData } from "node:worker_threads";
    parentPort.on("message", (job) => {
      if (job === "die") process.exit(3);
      if (job === "stopped") return parentPort.postMessage({ kind: "answer", answer: Atomics.load(workerData.stop, 0) });
      if (job === "bad") return parentPort.postMessage({ kind: "input-error", code: "NO", message: "not so", hint: "so" });
      parentPort.postMessage({ kind: "progress", text: "at " + job });
      setTimeout(() => parentPort.postMessage({ kind: "answer", answer: [2 * job, threadId] }), job < 2 ? 60 : 0);
    });
  `)}`,
);

function poolOf(most: number): { pool: WorkerPool<unknown, unknown>; stop: Int32Array } {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  return { pool: new WorkerPool(SCRIPT, most, stop), stop };
}

describe("a pool of threads", () => {
  it.each([1, 2, 3])("answers every job with its own answer, in at most %i threads", async (most) => {
    const { pool } = poolOf(most);
    const heard: string[] = [];
    const jobs = [0, 1, 2, 3, 4, 5];
    const answers = await Promise.all(jobs.map((job) => pool.run(job, (text) => heard.push(text))));
    const rows = answers as [number, number][];
    expect(rows.map(([double]) => double)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(new Set(rows.map(([, thread]) => thread)).size).toBeLessThanOrEqual(most);
    expect(heard.sort()).toEqual(jobs.map((job) => `at ${job}`));
    await pool.close();
  });

  it("passes the word to stop on, fails a job whose input is bad or whose thread dies, and goes on", async () => {
    const { pool, stop } = poolOf(1);
    Atomics.store(stop, 0, 1);
    expect(await pool.run("stopped")).toBe(1);
    await expect(pool.run("bad")).rejects.toMatchObject({ code: "NO", message: "not so", hint: "so" });
    const [died, next] = [pool.run("die"), pool.run(7)];
    await expect(died).rejects.toThrow("ended without an answer (3)");
    expect((await next) as number[]).toContain(14);
    await pool.close();
  });
});

describe("a thread that serves jobs", () => {
  it("posts the answer, or what went wrong, of each job", async () => {
    const { port1, port2 } = new MessageChannel();
    serveJobs<number, number>({ stop: new Int32Array(1) }, port2, async (job, { shouldStop }) => {
      if (job === 0) throw new InputError("NO-ZERO", "zero is no job", "1");
      if (job < 0) throw new Error("less than nothing");
      return shouldStop() ? -1 : job + 1;
    });
    const messages: unknown[] = [];
    const three = new Promise<void>((resolve) => {
      port1.on("message", (message) => messages.push(message) === 3 && resolve());
    });
    for (const job of [4, 0, -1]) port1.postMessage(job);
    await three;
    port1.close();
    expect(messages).toMatchObject([
      { kind: "answer", answer: 5 },
      { kind: "input-error", code: "NO-ZERO", message: "zero is no job", hint: "1" },
      { kind: "bug", message: "less than nothing" },
    ]);
  });
});
