import type { EngineReport, RunControl } from "./outcome.ts";
import { sortedJson } from "./sorted-json.ts";

/** One engine run once or twice: its report, and where a second run differed from the first. */
export function asOften<R extends EngineReport>(
  twice: boolean,
  control: RunControl,
  run: (digests: boolean) => R,
): { readonly report: R; readonly nondeterminism: readonly string[] } {
  const report = run(twice);
  if (!twice || report.interrupted) return { report, nondeterminism: [] };
  const again = run(true);
  // A run that was cut short differs from a whole one, which says nothing.
  return { report, nondeterminism: control.shouldStop?.() === true ? [] : differences([report], [again]) };
}

/**
 * Where two runs of the same engines differ, as sentences; none when they are equal.
 *
 * A model that keeps state outside its columns (in a closure, a module, a clock) answers differently the second time. What is
 * compared is every state digest, in chapters, then counts, verdicts, counterexamples and the steps that ran.
 *
 * - **Shapes, units**: reports in the order in which the engines ran; one sentence for each engine that differs.
 */
export function differences(first: readonly EngineReport[], second: readonly EngineReport[]): string[] {
  if (first.length !== second.length) return [`${first.length} engines ran, then ${second.length}`];
  return first.flatMap((report, at) => {
    const found = difference(report, second[at] as EngineReport);
    return found === undefined ? [] : [`${nameOf(report)}: ${found}`];
  });
}

function difference(first: EngineReport, second: EngineReport): string | undefined {
  const { chapters: was = [] } = first;
  const { chapters: is = [] } = second;
  for (let at = 0; at < Math.max(was.length, is.length); at++) {
    const [a, b] = [was[at], is[at]];
    if (a?.digest === b?.digest && a?.name === b?.name) continue;
    return `the states of ${a?.name ?? b?.name} are ${a?.digest ?? "missing"} and then ${b?.digest ?? "missing"}`;
  }
  for (const [id, evidence] of first.evidence) {
    if (!same(evidence, second.evidence.get(id))) return `the evidence on ${id} is another the second time`;
  }
  for (const [id, run] of first.counterexamples) {
    if (!same(run, second.counterexamples.get(id))) return `the counterexample to ${id} is another the second time`;
  }
  if (!same(first.executed, second.executed)) return "other steps ran the second time";
  if (first.evidence.size !== second.evidence.size) return "other claims were judged the second time";
  return undefined;
}

function nameOf({ evidence }: EngineReport): string {
  const [found] = evidence.values();
  return found === undefined ? "an engine that judged nothing" : `${found.engine} of ${found.scope}`;
}

function same(a: unknown, b: unknown): boolean {
  return sortedJson(a) === sortedJson(b);
}
