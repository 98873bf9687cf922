import { assert } from "../model/failure.ts";
import { acknowledgementMachine, acknowledgementMissing } from "./acknowledgement.machine.ts";
import { type ChartTable, compile } from "./compile.ts";
import { contentMachine, contentMissing } from "./content.machine.ts";
import { cpuMachine, cpuMissing } from "./cpu.machine.ts";
import type { ChartName, MissingEdge } from "./missing-edge.ts";
import { pageMachine, pageMissing } from "./page.machine.ts";
import { shootdownMachine, shootdownMissing } from "./shootdown.machine.ts";
import { translationMachine, translationMissing } from "./translation.machine.ts";

export type Charts = Readonly<Record<ChartName, ChartTable>>;

/** The nouns of the specification, compiled. The order is the order of components in the product. */
export const CHARTS: Charts = {
  cpu: compile(cpuMachine),
  shootdown: compile(shootdownMachine),
  acknowledgement: compile(acknowledgementMachine),
  page: compile(pageMachine),
  content: compile(contentMachine),
  translation: compile(translationMachine),
};

export const CHART_NAMES: readonly ChartName[] = [
  "cpu",
  "shootdown",
  "acknowledgement",
  "page",
  "content",
  "translation",
];

/** Every edge that a chart leaves out on purpose. */
export const MISSING_EDGES: readonly MissingEdge[] = [
  ...pageMissing,
  ...contentMissing,
  ...translationMissing,
  ...cpuMissing,
  ...shootdownMissing,
  ...acknowledgementMissing,
];

/** The charts with one deliberately missing edge put back. Asserts that it really was missing. */
export function withEdge(charts: Charts, edge: MissingEdge): Charts {
  const chart = charts[edge.chart];
  const event = eventIndex(chart, edge.event);
  const from = stateIndex(chart, edge.from);
  const edges = chart.edges.map((row) => Int8Array.from(row));
  assert(edges[event][from] === -1, `${edge.chart}: ${edge.from} has no ${edge.event} to begin with`);
  edges[event][from] = stateIndex(chart, edge.to);
  return { ...charts, [edge.chart]: { ...chart, edges } };
}

export function stateIndex(chart: ChartTable, state: string): number {
  const index = chart.states.indexOf(state);
  assert(index >= 0, `chart ${chart.name} has the state ${state}`);
  return index;
}

export function eventIndex(chart: ChartTable, event: string): number {
  const index = chart.events.indexOf(event);
  assert(index >= 0, `chart ${chart.name} has the event ${event}`);
  return index;
}
