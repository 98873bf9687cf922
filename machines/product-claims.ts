import type { Charts } from "./charts.ts";
import { beginning, type Conjunction, enabling, expand, has } from "./claim-patterns.ts";
import type { ClaimText } from "./extension.ts";
import { extensionsOf } from "./extensions.ts";
import type { Locate, Scope } from "./product.ts";

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

/** The safety claims at a scope; with `generations` S21 says nothing about translations and is left out. */
export function claimsOf(charts: Charts, scope: Scope, locate: Locate): readonly ProductClaim[] {
  const texts = new Map(plainClaims(charts, scope).map((text) => [text.id, text]));
  for (const added of extensionsOf(scope).flatMap(({ claims }) => claims(scope, charts))) {
    const known = texts.get(added.id);
    const both = known !== undefined && known.patterns.length > 0;
    texts.set(added.id, {
      id: added.id,
      statement: both ? `${known.statement} ${added.statement}` : added.statement,
      patterns: [...(known?.patterns ?? []), ...added.patterns],
    });
  }
  return [...texts.values()].map((text) => spread(charts, scope, locate, text));
}

/** The opposite of each claim: the dangerous situation does occur. Same form; "violated" reads "reached". */
export function reachesOf(charts: Charts, scope: Scope, locate: Locate): readonly ProductClaim[] {
  const texts = new Map(plainReaches(charts, scope).map((text) => [text.id, text]));
  for (const text of extensionsOf(scope).flatMap(({ reaches }) => reaches(scope, charts))) texts.set(text.id, text);
  return [...texts.values()].map((text) => ({
    ...spread(charts, scope, locate, text),
    id: `REACH-${text.id}`,
  }));
}

function plainClaims(charts: Charts, scope: Scope): readonly ClaimText[] {
  const { translation } = charts;
  const undischarged = translation.states.filter((_, state) => !has(translation, "confirm", state));
  const secret = beginning(charts, "content", "secret");
  const restricted = enabling(charts, "cpu", "read");
  const readable = enabling(charts, "translation", "read");
  const claims: readonly ClaimText[] = [
    // Where secrets have owners, who may see them is for the extension to say.
    claim("S1", "No CPU in a protected mode ever has a usable translation to a secret.", [
      ...(scope.mms > 1 ? [] : [{ cpu: restricted, translation: readable, content: secret }]),
    ]),
    claim("S2", "The leaf of a page with a sensitive owner is never set.", [
      { page: ["allocated-sensitive"], translation: LEAF_SET },
    ]),
    claim("S3", "No CPU may ever use a translation to a page with a sensitive owner.", [
      { page: ["allocated-sensitive"], translation: ["cached", "stale"] },
    ]),
    claim("S5", "A shootdown is never over while a request of it is unanswered.", [
      { shootdown: ["idle"], acknowledgement: ["requested"] },
    ]),
    claim("S8", "A page that counts as free and unmapped is always discharged, and its leaf clear.", [
      { page: ["free-unmapped"], translation: ["cached", "stale", "fenced-present"] },
    ]),
    claim("S13", "A page whose leaf is set never holds a secret.", [{ content: secret, translation: LEAF_SET }]),
    claim("S16a", "What a sensitive request may be given is always discharged.", [
      { page: enabling(charts, "page", "allocSensitive"), translation: undischarged },
    ]),
    claim("S19", "No CPU ever runs in a context while an invalidation of it is owed.", [
      { cpu: restricted, translation: FENCED },
    ]),
  ];
  if (scope.policy === "generations") return claims;
  const s21 = claim("S21", "A CPU is never believed unrestricted before the context it leaves is fenced.", [
    { cpu: ["unrestricted"], translation: ["absent", "cached", "stale"] },
  ]);
  return [...claims, s21];
}

function plainReaches(charts: Charts, scope: Scope): readonly ClaimText[] {
  const restricted = enabling(charts, "cpu", "read");
  const secret = beginning(charts, "content", "secret");
  const reaches = [
    claim("S1", "A page holds a secret while a CPU runs in a protected mode.", [{ cpu: restricted, content: secret }]),
    claim("S2", "A page that nobody has is mapped, one hand-out away from a sensitive owner.", [
      { page: ["free-mapped"], translation: LEAF_SET },
    ]),
    claim("S3", "A CPU is stale for a page while it waits for its flush.", [
      { page: ["pending-flush"], translation: ["stale"] },
    ]),
    claim("S8", "A page is free and unmapped while a CPU that may hold it is merely fenced.", [
      { page: ["free-unmapped"], translation: ["fenced"] },
    ]),
    claim("S13", "A page that nobody has still holds a secret.", [{ page: ["free-unmapped"], content: secret }]),
    claim("S16a", "A page waits for its flush while a CPU in a protected mode is stale for it.", [
      { cpu: restricted, page: ["pending-flush"], translation: ["stale"] },
    ]),
    claim("S19", "A CPU is about to enter a context in which an invalidation is owed.", [
      { cpu: ["entering"], page: ["pending-flush"], translation: ["fenced"] },
    ]),
  ];
  const s5 = claim("S5", "A request is unanswered while a shootdown is open and a page waits for its flush.", [
    { shootdown: ["open"], acknowledgement: ["requested"], page: ["pending-flush"] },
  ]);
  const s21 = claim("S21", "A CPU has left its context and still says that it has not.", [{ cpu: ["leaving"] }]);
  return [...reaches, ...(scope.cpus > 1 ? [s5] : []), ...(scope.policy === "flush" ? [s21] : [])];
}

const LEAF_SET = ["cached", "fenced-present"];
const FENCED = ["fenced", "fenced-present"];

function claim(id: string, statement: string, patterns: ClaimText["patterns"]): ClaimText {
  return { id, statement, patterns };
}

function spread(charts: Charts, scope: Scope, locate: Locate, { id, statement, patterns }: ClaimText): ProductClaim {
  return { id, statement, forbidden: patterns.flatMap((pattern) => expand(charts, scope, locate, pattern)) };
}
