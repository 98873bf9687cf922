import { assert } from "../model/failure.ts";
import { CHART_NAMES, type Charts, eventIndex } from "./charts.ts";
import type { ChartTable } from "./compile.ts";
import type { ChartName, TransitionPolicy } from "./missing-edge.ts";

/**
 * The synchronous product: many instances of each chart, moving together by vectors.
 *
 * A vector is a list of (instance, event) pairs and is enabled exactly when every participant can take its part; an optional
 * participant moves if it can and stays if it cannot. No vector looks at an instance that takes no part in it, so whatever
 * a step depends on is written down as a participant.
 *
 * - **Shapes, units**: indices into `components`, `instances` and the tables' `states` and `events`.
 */
export interface Product {
  readonly components: readonly ChartTable[];
  readonly instances: readonly Instance[];
  readonly vectors: readonly Vector[];
}

export interface Instance {
  readonly component: number;
  /** For example `page[3]` or `translation[0,3]` (CPU, page). */
  readonly name: string;
}

/** Who moves: the kernel under trial (and the owners of its pages), the hardware, or the attacker. */
export type Owner = "kernel" | "hardware" | "attacker";

export interface Vector {
  /** For example `unmap(3)`. */
  readonly name: string;
  /** The name without its arguments: all vectors of one rule ask the same of their participants. */
  readonly rule: string;
  readonly owner: Owner;
  readonly parts: readonly { readonly instance: number; readonly event: number; readonly optional: boolean }[];
}

export interface Scope {
  readonly cpus: number;
  readonly pages: number;
  /** Protected contexts, each with translations of its own on every CPU: one per slot and class. */
  readonly contexts: number;
  readonly policy: TransitionPolicy;
  /** Address spaces; from 2 on secrets have owners and pages a user alias. */
  readonly mms: number;
  /** ASID slots of each CPU. */
  readonly slots: number;
  readonly classes: number;
  /** Interrupts and NMIs are steps, and critical sections are restored after them. */
  readonly nmi: boolean;
  /** CPUs record how far they have invalidated each context, and load it with NOFLUSH where they may. */
  readonly records: boolean;
  /** Pages are collected, flushed together and released by the batch's own bookkeeping. */
  readonly batch: boolean;
  /** A 2M region is split and merged. */
  readonly physmap: boolean;
  /** The pages are one pageblock with a label. */
  readonly pageblock: boolean;
}

/** Do CPUs change the mm they run, by giving it a slot? */
export function switches(scope: Scope): boolean {
  return scope.mms > 1 || scope.slots > 1;
}

/** A vector before its names are resolved. */
export interface VectorText {
  readonly rule: string;
  readonly owner: Owner;
  readonly args: readonly number[];
  readonly parts: readonly PartText[];
}

export interface PartText {
  readonly chart: ChartName;
  readonly at: readonly number[];
  readonly event: string;
  readonly optional: boolean;
}

/** Names every instance of a scope. CPU-wide ones come first, then one column per page, so that a page is contiguous. */
function layOut(scope: Scope): readonly { readonly chart: ChartName; readonly name: string }[] {
  const placed: { readonly chart: ChartName; readonly name: string }[] = [];
  const add: Add = (chart, ...at) => {
    placed.push({ chart, name: instanceName(scope, chart, at) });
  };
  for (const cpu of range(scope.cpus)) {
    for (const context of range(scope.contexts)) add("cpu", cpu, context);
  }
  for (const cpu of range(scope.cpus)) add("shootdown", cpu);
  for (const [initiator, target] of orderedPairs(scope.cpus)) add("acknowledgement", initiator, target);
  addExtended(scope, add);
  for (const page of range(scope.pages)) {
    add("page", page);
    add("content", page);
    if (scope.mms > 1) add("owner", page);
    if (scope.batch) add("member", page);
    for (const cpu of range(scope.cpus)) {
      for (const context of range(scope.contexts)) add("translation", cpu, context, page);
    }
    for (const cpu of scope.mms > 1 ? range(scope.cpus) : []) {
      for (const context of range(scope.contexts)) add("usertranslation", cpu, context, page);
    }
  }
  return placed;
}

type Add = (chart: ChartName, ...at: number[]) => void;

/** What the extensions of a scope keep per CPU, and what there is one of. */
function addExtended(scope: Scope, add: Add): void {
  const { slots, contexts, nmi, records, batch, physmap, pageblock } = scope;
  for (const cpu of range(scope.cpus)) {
    if (switches(scope)) add("switch", cpu);
    for (const slot of switches(scope) ? range(slots) : []) add("slot", cpu, slot);
    if (nmi) add("nest", cpu);
    for (const context of range(contexts)) {
      if (nmi) add("target", cpu, context);
      if (nmi) add("section", cpu, context);
      if (records) add("generation", cpu, context);
    }
    if (batch) add("coverage", cpu);
    if (physmap) add("large", cpu);
    if (physmap) add("structure", cpu);
    if (pageblock) add("flipper", cpu);
  }
  if (batch) add("batch");
  if (physmap) add("physmap");
  if (pageblock) add("pageblock");
}

/** Answers where an instance stands. Contexts are left out of names while there is only one. */
export function locator(scope: Scope, instances: readonly Instance[]): Locate {
  const byName = new Map(instances.map((instance, index) => [instance.name, index]));
  return (chart, at) => {
    const index = byName.get(instanceName(scope, chart, at));
    assert(index !== undefined, `${chart}[${at.join(",")}] exists in this scope`);
    return index;
  };
}

export type Locate = (chart: ChartName, at: readonly number[]) => number;

/** Resolves names to indices. A vector that names an unknown instance or event is a bug of ours. */
export function compose(charts: Charts, scope: Scope, texts: readonly VectorText[]): Product {
  const placed = layOut(scope);
  const present = CHART_NAMES.filter((name) => placed.some(({ chart }) => chart === name));
  const instances = placed.map(({ chart, name }) => ({ component: present.indexOf(chart), name }));
  const locate = locator(scope, instances);
  const vectors = texts.map((text) => ({
    name: `${text.rule}(${text.args.join(",")})`,
    rule: text.rule,
    owner: text.owner,
    parts: text.parts.map((part) => ({
      instance: locate(part.chart, part.at),
      event: eventIndex(charts[part.chart], part.event),
      optional: part.optional,
    })),
  }));
  for (const { name, parts } of vectors) {
    assert(new Set(parts.map((part) => part.instance)).size === parts.length, `${name} moves each instance once`);
  }
  return { components: present.map((name) => charts[name]), instances, vectors };
}

export function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Every (initiator, target) with two different CPUs. */
export function orderedPairs(cpus: number): readonly (readonly [number, number])[] {
  return range(cpus).flatMap((initiator) =>
    range(cpus)
      .filter((target) => target !== initiator)
      .map((target) => [initiator, target] as const),
  );
}

function instanceName(scope: Scope, chart: ChartName, at: readonly number[]): string {
  const contextAt = PER_CONTEXT.includes(chart) ? 1 : -1;
  const shown = scope.contexts === 1 ? at.filter((_, position) => position !== contextAt) : at;
  return shown.length === 0 ? chart : `${chart}[${shown.join(",")}]`;
}

/** Charts with an instance per CPU and context, in the first two places of its address. */
const PER_CONTEXT: readonly ChartName[] = ["cpu", "translation", "usertranslation", "target", "section", "generation"];
