import { type Charts, eventIndex, stateIndex } from "./charts.ts";
import type { ChartName } from "./missing-edge.ts";
import { type Locate, range, type Scope } from "./product.ts";

/**
 * A claim about the product: violated in a state in which some conjunction holds entirely.
 *
 * - **Shapes, units**: `instance` and `state` are indices into the product's lists.
 */
export interface ProductClaim {
  readonly id: string;
  readonly statement: string;
  readonly forbidden: readonly Conjunction[];
}

export type Conjunction = readonly { readonly instance: number; readonly state: number }[];

/** The safety claims at a scope; with `generations` S21 says nothing about translations and is left out. */
export function claimsOf(charts: Charts, scope: Scope, locate: Locate): readonly ProductClaim[] {
  const of = (id: string, statement: string, patterns: readonly Pattern[]): ProductClaim => ({
    id,
    statement,
    forbidden: patterns.flatMap((pattern) => expand(charts, scope, locate, pattern)),
  });
  const translation = charts.translation;
  const undischarged = translation.states.filter((_, state) => !has(translation, "confirm", state));
  const claims = [
    of("S1", "No CPU in a protected mode ever has a usable translation to a secret.", [
      {
        cpu: enabling(charts, "cpu", "read"),
        translation: enabling(charts, "translation", "read"),
        content: ["secret"],
      },
    ]),
    of("S2", "The leaf of a page with a sensitive owner is never set.", [
      { page: ["allocated-sensitive"], translation: LEAF_SET },
    ]),
    of("S3", "No CPU may ever use a translation to a page with a sensitive owner.", [
      { page: ["allocated-sensitive"], translation: ["cached", "stale"] },
    ]),
    of("S5", "A shootdown is never over while a request of it is unanswered.", [
      { shootdown: ["idle"], acknowledgement: ["requested"] },
    ]),
    of("S8", "A page that counts as free and unmapped is always discharged, and its leaf clear.", [
      { page: ["free-unmapped"], translation: ["cached", "stale", "fenced-present"] },
    ]),
    of("S13", "A page whose leaf is set never holds a secret.", [{ content: ["secret"], translation: LEAF_SET }]),
    of("S16a", "What a sensitive request may be given is always discharged.", [
      { page: enabling(charts, "page", "allocSensitive"), translation: undischarged },
    ]),
    of("S19", "No CPU ever runs in a context while an invalidation of it is owed.", [
      { cpu: RESTRICTED, translation: FENCED },
    ]),
  ];
  if (scope.policy === "generations") return claims;
  const s21 = of("S21", "A CPU is never believed unrestricted before the context it leaves is fenced.", [
    { cpu: ["unrestricted"], translation: ["absent", "cached", "stale"] },
  ]);
  return [...claims, s21];
}

/** The opposite of each claim: the dangerous situation does occur. Same form; "violated" reads "reached". */
export function reachesOf(charts: Charts, scope: Scope, locate: Locate): readonly ProductClaim[] {
  const of = (id: string, statement: string, pattern: Pattern): ProductClaim => ({
    id: `REACH-${id}`,
    statement,
    forbidden: expand(charts, scope, locate, pattern),
  });
  const reaches = [
    of("S1", "A page holds a secret while a CPU runs in a protected mode.", { cpu: RESTRICTED, content: ["secret"] }),
    of("S2", "A page that nobody has is mapped, one hand-out away from a sensitive owner.", {
      page: ["free-mapped"],
      translation: LEAF_SET,
    }),
    of("S3", "A CPU is stale for a page while it waits for its flush.", {
      page: ["pending-flush"],
      translation: ["stale"],
    }),
    of("S8", "A page is free and unmapped while a CPU that may hold it is merely fenced.", {
      page: ["free-unmapped"],
      translation: ["fenced"],
    }),
    of("S13", "A page that nobody has still holds a secret.", { page: ["free-unmapped"], content: ["secret"] }),
    of("S16a", "A page waits for its flush while a CPU in a protected mode is stale for it.", {
      cpu: RESTRICTED,
      page: ["pending-flush"],
      translation: ["stale"],
    }),
    of("S19", "A CPU is about to enter a context in which an invalidation is owed.", {
      cpu: ["entering"],
      page: ["pending-flush"],
      translation: ["fenced"],
    }),
  ];
  const s5 = of("S5", "A request is unanswered while a shootdown is open and a page waits for its flush.", {
    shootdown: ["open"],
    acknowledgement: ["requested"],
    page: ["pending-flush"],
  });
  const s21 = of("S21", "A CPU has left its context and still says that it has not.", { cpu: ["leaving"] });
  return [...reaches, ...(scope.cpus > 1 ? [s5] : []), ...(scope.policy === "flush" ? [s21] : [])];
}

const LEAF_SET = ["cached", "fenced-present"];
const FENCED = ["fenced", "fenced-present"];
const RESTRICTED = ["restricted-tense", "restricted-relaxed"];

/** Sets of local states that must not occur together, for some CPU, context, page and target that fit one another. */
type Pattern = Readonly<Partial<Record<ChartName, readonly string[]>>>;

function expand(charts: Charts, scope: Scope, locate: Locate, pattern: Pattern): readonly Conjunction[] {
  const wanted = Object.entries(pattern) as [ChartName, readonly string[]][];
  const seen = new Map<string, Conjunction>();
  for (const binding of bindings(scope, wanted)) {
    const choices = wanted.map(([chart, states]) =>
      states.map((state) => ({
        instance: locate(chart, ADDRESS[chart](binding)),
        state: stateIndex(charts[chart], state),
      })),
    );
    for (const conjunction of cartesian(choices)) seen.set(JSON.stringify(conjunction), conjunction);
  }
  return [...seen.values()];
}

interface Binding {
  readonly cpu: number;
  readonly target: number;
  readonly context: number;
  readonly page: number;
}

/** Which of the bound indices address an instance of each chart. */
const ADDRESS: Readonly<Record<ChartName, (binding: Binding) => readonly number[]>> = {
  cpu: ({ cpu, context }) => [cpu, context],
  shootdown: ({ cpu }) => [cpu],
  acknowledgement: ({ cpu, target }) => [cpu, target],
  page: ({ page }) => [page],
  content: ({ page }) => [page],
  translation: ({ cpu, context, page }) => [cpu, context, page],
};

function bindings(scope: Scope, wanted: readonly (readonly [ChartName, readonly string[]])[]): readonly Binding[] {
  const needsTarget = wanted.some(([chart]) => chart === "acknowledgement");
  return range(scope.cpus).flatMap((cpu) =>
    range(needsTarget ? scope.cpus : 1)
      .filter((target) => !needsTarget || target !== cpu)
      .flatMap((target) =>
        range(scope.contexts).flatMap((context) => range(scope.pages).map((page) => ({ cpu, target, context, page }))),
      ),
  );
}

function cartesian<T>(choices: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return choices.reduce<readonly (readonly T[])[]>(
    (rows, column) => rows.flatMap((row) => column.map((value) => [...row, value])),
    [[]],
  );
}

function enabling(charts: Charts, chart: ChartName, event: string): readonly string[] {
  return charts[chart].states.filter((_, state) => has(charts[chart], event, state));
}

function has(chart: Charts[ChartName], event: string, state: number): boolean {
  return chart.edges[eventIndex(chart, event)][state] >= 0;
}
