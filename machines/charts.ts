import { assert } from "../model/failure.ts";
import { acknowledgementMachine, acknowledgementMissing } from "./acknowledgement.machine.ts";
import { batchMachine, coverageMachine, memberMachine } from "./batch.machine.ts";
import { asking, type ChartTable, compile } from "./compile.ts";
import { contentMachine, contentMissing } from "./content.machine.ts";
import { cpuMachine, cpuMissing } from "./cpu.machine.ts";
import { generationMachine } from "./generation.machine.ts";
import { interruptedCpuMachine } from "./interrupted-cpu.machine.ts";
import type { ChartName, MissingEdge } from "./missing-edge.ts";
import { nestMachine } from "./nest.machine.ts";
import { ownedContentMachine } from "./owned-content.machine.ts";
import { ownerMachine } from "./owner.machine.ts";
import { pageMachine, pageMissing } from "./page.machine.ts";
import { FLIP_QUESTIONS, flipperMachine, pageblockMachine } from "./pageblock.machine.ts";
import { largeMachine, physmapMachine, structureMachine } from "./physmap.machine.ts";
import type { Scope } from "./product.ts";
import { sectionMachine } from "./section.machine.ts";
import { shootdownMachine, shootdownMissing } from "./shootdown.machine.ts";
import { slotMachine } from "./slot.machine.ts";
import { switchMachine } from "./switch.machine.ts";
import { targetMachine } from "./target.machine.ts";
import { translationMachine, translationMissing } from "./translation.machine.ts";
import { usertranslationMachine } from "./usertranslation.machine.ts";

export type Charts = Readonly<Record<ChartName, ChartTable>>;

/** What of a scope decides how a chart looks, and not only how often it occurs. */
export type ChartVariant = Pick<Scope, "mms" | "nmi" | "batch" | "pageblock">;

/**
 * The nouns of the specification as one scope has them, compiled.
 *
 * Three charts have variants: interrupts as steps split the cpu chart in four, several mms give secrets owners, and labels
 * and batches ask a page questions that nobody else asks. Slots and owners are drawn for the scope's number of mms.
 */
export function chartsOf({ mms, nmi, batch, pageblock }: ChartVariant): Charts {
  const questions = { ...(batch ? { confirmPending: ["pending-flush"] } : {}), ...(pageblock ? FLIP_QUESTIONS : {}) };
  return {
    ...FIXED,
    cpu: nmi ? INTERRUPTED_CPU : FIXED.cpu,
    page: asking(FIXED.page, questions),
    content: mms > 1 ? compile(ownedContentMachine(mms)) : FIXED.content,
    slot: compile(slotMachine(mms)),
    owner: compile(ownerMachine(mms)),
  };
}

const INTERRUPTED_CPU = compile(interruptedCpuMachine);

const FIXED = {
  cpu: compile(cpuMachine),
  shootdown: compile(shootdownMachine),
  acknowledgement: compile(acknowledgementMachine),
  page: compile(pageMachine),
  content: compile(contentMachine),
  translation: compile(translationMachine),
  switch: compile(switchMachine),
  usertranslation: compile(usertranslationMachine),
  nest: compile(nestMachine),
  target: compile(targetMachine),
  section: compile(sectionMachine),
  generation: compile(generationMachine),
  batch: compile(batchMachine),
  member: compile(memberMachine),
  coverage: compile(coverageMachine),
  physmap: compile(physmapMachine),
  large: compile(largeMachine),
  structure: compile(structureMachine),
  pageblock: compile(pageblockMachine),
  flipper: compile(flipperMachine),
};

/** The charts of the plain specification: one mm, one slot, and exits that happen at any time. */
export const CHARTS: Charts = chartsOf({ mms: 1, nmi: false, batch: false, pageblock: false });

/** The order of components in a product, which holds those that have an instance in its scope. */
export const CHART_NAMES: readonly ChartName[] = [
  "cpu",
  "shootdown",
  "acknowledgement",
  "page",
  "content",
  "translation",
  "switch",
  "slot",
  "owner",
  "usertranslation",
  "nest",
  "target",
  "section",
  "generation",
  "batch",
  "member",
  "coverage",
  "physmap",
  "large",
  "structure",
  "pageblock",
  "flipper",
];

/** Every edge that a chart of the plain specification leaves out on purpose. */
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
