import { CHARTS, withEdge } from "./charts.ts";
import type { ChartTable } from "./compile.ts";
import type { MissingEdge } from "./missing-edge.ts";
import { PRECONDITIONS } from "./preconditions.ts";
import type { Product, Vector } from "./product.ts";
import { type Specification, type SpecificationSize, specification } from "./specification.ts";

/**
 * Checks of the composition itself. Each answers with sentences; an empty list is a pass.
 *
 * A product of charts can hide a bug in a way that code cannot: a chart without an edge silently forbids what another one
 * wants to do, and then every claim holds. These checks make that impossible to do unawares.
 */

/**
 * Finds charts that forbid what hardware or the attacker may do.
 *
 * In a hardware vector every participant takes part in every state. In an attacker's vector the mode and the translation
 * decide whether a load reaches anything; nobody else may.
 */
export function receptivenessGaps(product: Product): readonly string[] {
  const carriers = ["cpu", "translation"];
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

/** Compares what blocks each kernel vector with the declared preconditions, both ways. */
export function preconditionGaps(product: Product): readonly string[] {
  const actual = new Set(
    demands(product)
      .filter(({ vector, chart, only }) => vector.owner === "kernel" && only.length < chart.states.length)
      .map(({ vector, chart, only }) => line(vector.rule, chart.name, only)),
  );
  const rules = new Set(product.vectors.map((vector) => vector.rule));
  const declared = new Set(
    PRECONDITIONS.filter(({ rule }) => rules.has(rule)).map(({ rule, chart, only }) => line(rule, chart, only)),
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
  return specification({ ...size, policy: edge.policy ?? "flush" }, withEdge(CHARTS, edge));
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
