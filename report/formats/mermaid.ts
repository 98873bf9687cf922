import { parseScope } from "../../harness/scope.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import { plainText } from "../escape.ts";
import { runEvents } from "./run-events.ts";

export interface MermaidOptions {
  /** Names of the list kinds of this design, in the machine's order. */
  readonly places: readonly string[];
}

/** Draft: replaced below by one drawn from the timeline's lines. */
export function mermaidText(run: Counterexample, _options: MermaidOptions): string {
  const { cpus } = parseScope(run.scope);
  const lines = Array.from({ length: cpus }, (_, cpu) => `  participant cpu${cpu}`);
  const notes = runEvents(run).map(({ cpu, title }) => `  Note over cpu${cpu}: ${title.replace(/[^\w ()]/g, " ")}`);
  return `${["sequenceDiagram", ...lines, ...notes].join("\n")}\n${plainText("")}`;
}
