import { chartsOf, MISSING_EDGES, withEdge } from "./charts.ts";
import type { ChartTable } from "./compile.ts";
import { extensionsOf } from "./extensions.ts";
import type { MissingEdge } from "./missing-edge.ts";
import { preconditionsOf } from "./preconditions.ts";
import type { Product, Vector } from "./product.ts";
import { type Specification, type SpecificationSize, scopeOf, specification } from "./specification.ts";

/**
 * Checks of the composition itself. Each answers with sentences; an empty list is a pass.
 *
 * A product of charts can hide a bug in a way that code cannot: a chart without an edge silently forbids what another one
 * wants to do, and then every claim holds. These checks make that impossible to do unawares.
 */

/**
 * Finds charts that forbid what hardware or the attacker may do.
 *
 * In a hardware vector every participant takes part in every state. In an attacker's vector the mode and what the CPU holds
 * decide whether a load reaches anything, and for a walk the tables and the slot that CR3 holds; nobody else may. Where
 * they decide is declared as well (`preconditionGaps`).
 */
export function receptivenessGaps(product: Product): readonly string[] {
  const carriers = ["cpu", "translation", "usertranslation", "slot", "owner"];
  return demands(product)
    .filter(({ vector, chart }) => {
      if (vector.owner === "kernel") return false;
      return vector.owner === "hardware" || !carriers.includes(chart.name);
    })
    .filter(({ only, chart }) => only.length < chart.states.length)
    .map(
      ({ vector, chart, only }) =>
        `${vector.owner} ${vector.rule} is refused by ${chart.name} outside ${only.join(", ")}`,
    );
}

/** Compares what blocks each vector of the kernel and the attacker with the declared preconditions, both ways. */
export function preconditionGaps(product: Specification): readonly string[] {
  const actual = new Set(
    demands(product)
      .filter(({ vector, chart, only }) => vector.owner !== "hardware" && only.length < chart.states.length)
      .map(({ vector, chart, only }) => line(vector.rule, chart.name, only)),
  );
  const rules = new Set(product.vectors.map((vector) => vector.rule));
  const charts = new Set(product.instances.map(({ component }) => product.components[component].name));
  const declared = new Set(
    preconditionsOf(product.scope, product.charts)
      .filter(({ rule, chart }) => rules.has(rule) && charts.has(chart))
      .map(({ rule, chart, only }) => line(rule, chart, only)),
  );
  return [
    ...[...actual].filter((entry) => !declared.has(entry)).map((entry) => `not declared: ${entry}`),
    ...[...declared].filter((entry) => !actual.has(entry)).map((entry) => `declared, but not so: ${entry}`),
  ];
}

/** Finds events of charts that no vector uses; such an edge can never be taken and its picture lies. */
export function unusedEvents(product: Product): readonly string[] {
  const used = new Set(
    product.vectors.flatMap((vector) =>
      vector.parts.map((part) => {
        const chart = product.components[product.instances[part.instance].component];
        return `${chart.name}.${chart.events[part.event]}`;
      }),
    ),
  );
  return product.components
    .flatMap((chart) => chart.events.map((event) => `${chart.name}.${event}`))
    .filter((event) => !used.has(event));
}

/** The specification with one deliberately missing edge put back: a search of it must violate `edge.guards`. */
export function specificationWith(edge: MissingEdge, size: SpecificationSize): Specification {
  const policy = edge.policy ?? size.policy ?? "flush";
  const whole = { ...size, policy, records: policy === "generations" && size.records === true };
  return specification(whole, withEdge(chartsOf(scopeOf(whole)), edge));
}

/** Every edge that the extensions of a scope leave out on purpose; those of the plain charts are `MISSING_EDGES`. */
export function extendedMissingEdges(size: SpecificationSize): readonly MissingEdge[] {
  const scope = scopeOf(size);
  return extensionsOf(scope).flatMap(({ missing }) => missing(scope));
}

/** The plain edges that are missing in the charts of a scope too, and that its variants did not rename. */
export function plainMissingEdges(size: SpecificationSize): readonly MissingEdge[] {
  const charts = chartsOf(scopeOf(size));
  return MISSING_EDGES.filter(({ chart, from, event, to }) => {
    const { states, events } = charts[chart];
    return states.includes(from) && states.includes(to) && events.includes(event);
  });
}

interface Demand {
  readonly vector: Vector;
  readonly chart: ChartTable;
  /** The states of the participant in which the vector is not refused. */
  readonly only: readonly string[];
}

/** What each vector asks of each participant that can refuse it. */
function demands(product: Product): readonly Demand[] {
  return product.vectors.flatMap((vector) =>
    vector.parts
      .filter((part) => !part.optional)
      .map((part) => {
        const chart = product.components[product.instances[part.instance].component];
        return { vector, chart, only: chart.states.filter((_, state) => chart.edges[part.event][state] >= 0) };
      }),
  );
}

function line(rule: string, chart: string, only: readonly string[]): string {
  return `${rule} needs ${chart} in ${[...only].sort().join(", ")}`;
}
