import type { Charts } from "./charts.ts";
import { enabling } from "./claim-patterns.ts";
import { extensionsOf } from "./extensions.ts";
import { needs, type Precondition } from "./precondition.ts";
import type { Scope } from "./product.ts";

/** The preconditions of a scope: the plain ones, and those of the extensions that it asks for. */
export function preconditionsOf(scope: Scope, charts: Charts): readonly Precondition[] {
  const loaded = enabling(charts, "cpu", "read");
  return [
    ...PRECONDITIONS,
    needs("read", "cpu", loaded, "other loads use another tag"),
    needs("read", "translation", ["cached", "stale"], "a load reaches what may be held"),
    ...(scope.nmi ? [] : SECTION),
    ...extensionsOf(scope).flatMap(({ preconditions }) => preconditions(scope, charts)),
  ];
}

const HARMLESS = ["clean", "public"];
const OWNED = ["allocated-sensitive", "allocated-nonsensitive", "allocated-nonsensitive-unmapped"];
const LEAF_CLEAR = ["free-unmapped", "pending-flush"];

const PRECONDITIONS: readonly Precondition[] = [
  pageIs("allocSensitive", ["free-unmapped"], "anything else may be usable by some CPU"),
  pageIs("allocNonsensitive", ["free-mapped"], "nothing is stored, so the leaf must be set already"),
  pageIs("allocMapping", LEAF_CLEAR, "the page must be free, its leaf clear"),
  pageIs("allocUnmapped", LEAF_CLEAR, "the page must be free, its leaf clear"),
  pageIs("free", OWNED, "only what somebody has can be given back"),
  pageIs("freeUnmapping", ["allocated-nonsensitive"], "only an owned page with its leaf set"),
  pageIs("map", LEAF_CLEAR, "the page must be free, its leaf clear"),
  pageIs("lateMap", ["allocated-nonsensitive-unmapped"], "a sensitive page is never mapped late"),
  pageIs("unmap", ["free-mapped", "allocated-nonsensitive"], "the leaf must be set"),
  pageIs("flushed", ["pending-flush"], "only a page that waits"),
  pageIs("writePublic", OWNED, "owners write, nobody else"),
  pageIs("overwrite", OWNED, "owners write, nobody else"),
  pageIs("writeSecret", ["allocated-sensitive"], "secrets go where they were promised protection"),

  needs("allocMapping", "content", HARMLESS, "what is mapped is shown"),
  needs("map", "content", HARMLESS, "what is mapped is shown"),
  needs("lateMap", "content", HARMLESS, "what is mapped is shown"),
  needs("flushed", "translation", ["absent", "fenced"], "every CPU takes part, and one that may be stale refuses"),
  needs("invalidatePage", "translation", ["stale"], "elsewhere it would change nothing"),

  needs("announce", "cpu", ["unrestricted"], "one context at a time, and entered from outside"),
  needs("announce", "shootdown", ["idle"], "an initiator stays out until it is done"),
  needs("enter", "cpu", ["entering"], "curr_asi comes before CR3"),
  needs("settle", "cpu", ["leaving"], "CR3 comes before curr_asi"),
  needs("owe", "cpu", ["unrestricted"], "owed to a loaded context it would help nobody"),

  needs("begin", "shootdown", ["idle"], "one shootdown per initiator"),
  needs("begin", "cpu", ["unrestricted"], "a flush of the current PCID needs a CR3 that stays (asi_exit first)"),
  needs("send", "shootdown", ["open"], "requests belong to a shootdown"),
  needs("send", "acknowledgement", ["quiet"], "a target has one request of an initiator at most"),
  needs("ack", "acknowledgement", ["requested"], "answers follow requests"),
  needs("complete", "shootdown", ["open"], "only what has begun"),
  needs("complete", "acknowledgement", ["quiet"], "every request has been answered"),
];

/** With interrupts as steps it is the section chart that says so. */
const SECTION: readonly Precondition[] = [
  needs("relax", "cpu", ["restricted-tense"], "ends a critical section"),
  needs("tighten", "cpu", ["restricted-relaxed"], "starts one without a CR3 write"),
];

function pageIs(rule: string, only: readonly string[], because: string): Precondition {
  return needs(rule, "page", only, because);
}
