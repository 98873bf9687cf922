import type { ReplayReport } from "../harness/replay.ts";
import { plainText } from "./escape.ts";
import type { Ink } from "./ink.ts";
import { wrap } from "./wrap.ts";

const WIDTH = 80;

/** What a replay found, in a few lines. */
export function replayText(report: ReplayReport, ink: Ink): string[] {
  const { answer, stepsDone, stepsStored, hashesCompared, divergence, run } = report;
  const how = hashesCompared ? "alike by digest and state" : "alike by digest (the layout has changed)";
  const lines =
    divergence === undefined
      ? []
      : [
          ink.yellow(`first divergence at step ${divergence.step} of ${stepsStored}:`),
          ...beside("  recorded: ", divergence.expected),
          ...beside("  now:      ", divergence.actual),
        ];
  switch (answer) {
    case "reproduced":
      return [ink.red(`reproduced: all ${stepsDone} steps ${how}; ${run.claim} is violated again`)];
    case "violated-differently":
      return [...lines, ink.red(`${run.claim} is violated again, by a run that differs from the recording`)];
    case "not-violated":
      return [ink.green(`not violated: all ${stepsDone} steps ${how}, and ${run.claim} holds at the end`)];
    case "diverged":
      return [
        ...lines,
        `${stepsDone} of ${stepsStored} steps done; it is another run, so nothing follows for ${run.claim}`,
      ];
  }
}

function beside(label: string, text: string): string[] {
  const lines = wrap(plainText(text), WIDTH - label.length);
  return lines.map((line, at) => `${at === 0 ? label : " ".repeat(label.length + 2)}${line}`);
}
