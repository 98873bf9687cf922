import type { ChartTable } from "./compile.ts";
import type { Product, Vector } from "./product.ts";

/**
 * The product as a Promela text, for a referee that shares no code with our engine.
 *
 * One byte per instance, numbered as in its chart, and one process that loops over the vectors. Each vector is a `d_step`:
 * its guard asks those participants that may refuse, its body moves one participant after the other, which is sound because
 * no participant looks at another. An optional participant without an edge stays. The process has no other control state,
 * so that Spin stores exactly the product's states; it counts the initial state as one more transition.
 *
 * - **Shapes, units**: `page[0]` becomes `page_0`; states and vectors are named in comments.
 * - **Errors**: none; the text is accepted by `spin -a` (6.5.2) and run with `-DNOREDUCE`.
 */
export function promelaText(product: Product): string {
  const variables = product.instances.map(({ name, component }) => {
    const { initial } = product.components[component];
    return `byte ${variableOf(name)}${initial === 0 ? "" : ` = ${initial}`};`;
  });
  return [
    ...product.components.map(({ name, states }) => `/* ${name}: ${states.map(numbered).join(", ")} */`),
    "",
    ...variables,
    "",
    "active proctype product()",
    "{",
    "  do",
    ...product.vectors.flatMap((vector) => branch(product, vector)),
    "  od",
    "}",
    "",
  ].join("\n");
}

interface Part {
  readonly variable: string;
  readonly row: Int8Array;
  readonly optional: boolean;
  readonly chart: ChartTable;
}

function branch(product: Product, vector: Vector): readonly string[] {
  const parts = vector.parts.map(({ instance, event, optional }): Part => {
    const { name, component } = product.instances[instance];
    const chart = product.components[component];
    return { variable: variableOf(name), row: chart.edges[event], optional, chart };
  });
  const guards = parts.filter(({ row, optional }) => !optional && row.includes(-1)).map(guard);
  const moves = parts.flatMap(move);
  return [
    `  :: d_step { /* ${vector.owner} ${vector.name} */`,
    `       ${guards.length === 0 ? "true" : guards.join(" && ")} ->`,
    ...(moves.length === 0 ? ["       skip"] : moves.map((line) => `       ${line};`)),
    "     }",
  ];
}

function guard({ variable, row }: Part): string {
  const states = [...row].flatMap((to, from) => (to < 0 ? [] : [`${variable} == ${from}`]));
  return `(${states.join(" || ")})`;
}

/** Nothing for a question; one assignment where all roads lead to one state; else a choice, decided by the state alone. */
function move({ variable, row, optional }: Part): readonly string[] {
  const moving = [...row].flatMap((to, from) => (to < 0 || to === from ? [] : [{ from, to }]));
  if (moving.length === 0) return [];
  const [{ to }] = moving;
  const everywhere = [...row].every((target) => target === to || (target < 0 && !optional));
  if (everywhere) return [`${variable} = ${to}`];
  const choices = moving.map((edge) => `:: ${variable} == ${edge.from} -> ${variable} = ${edge.to}`);
  return [`if ${choices.join(" ")} :: else -> skip fi`];
}

function variableOf(name: string): string {
  return name.replace("]", "").replaceAll(/[[,]/g, "_");
}

function numbered(state: string, index: number): string {
  return `${index} ${state}`;
}
