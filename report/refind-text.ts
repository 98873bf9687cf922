import type { RefindReport } from "../harness/refind.ts";
import type { Ink } from "./ink.ts";
import { wrap } from "./wrap.ts";

const WIDTH = 78;

/** What became of a failure that did not replay. */
export function refindText(report: RefindReport, claim: string, file: string | undefined, ink: Ink): string[] {
  const lines = wrap(sentence(report, claim), WIDTH).map((line, at) => (at === 0 ? line : `  ${line}`));
  const paint = report.answer === "found" ? ink.red : report.answer === "holds" ? ink.green : ink.yellow;
  return [...lines.map(paint), ...(file === undefined ? [] : [`written to ${file}`])];
}

function sentence({ answer, how, run, common = 0, tried }: RefindReport, claim: string): string {
  const { attempts, searches, states } = tried;
  const searched = `${several(attempts, "variant")} of the recording, ${several(searches, "search", "searches")}, ${several(states, "state")}`;
  switch (answer) {
    case "found": {
      const steps = run?.steps.length ?? 0;
      const by = BY[how ?? "scope"];
      return `the failure is found again, ${by}: ${claim} is violated after ${steps} steps, the first ${common} as recorded (${searched})`;
    }
    case "holds":
      return `the failure is gone: ${claim} holds in the whole of its scope (${searched})`;
    case "lost":
      return `the failure was looked for nearby and not found (${searched}); nothing follows for ${claim}`;
    case "mute":
      return `${claim} says nothing of this design and world any more; the failure was not looked for`;
  }
}

function several(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

const BY: Readonly<Record<NonNullable<RefindReport["how"]>, string>> = {
  actions: "by the recording's own actions",
  nearby: "nearby",
  scope: "elsewhere in its scope",
};
