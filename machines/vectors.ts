import { extensionsOf } from "./extensions.ts";
import { orderedPairs, type PartText, range, type Scope, type VectorText } from "./product.ts";
import {
  kernel,
  may,
  must,
  named,
  translationsOfContext,
  translationsOfCpu,
  translationsOfPage,
  vector,
} from "./vector-parts.ts";

/**
 * Every move of the specification.
 *
 * Three kinds of participant: one that moves; one that is asked (`confirm…`) and blocks the vector by having no such edge;
 * and the translations a store, a load of a context or an invalidation reaches, which are optional because a broadcast
 * changes nothing where there is nothing to change.
 *
 * The plain moves come first, each ridden by the extensions that the scope asks for, and then the extensions' own.
 */
export function vectorsOf(scope: Scope): readonly VectorText[] {
  return extensionsOf(scope).reduce<readonly VectorText[]>(
    (texts, { riders, vectors }) => [
      ...texts.flatMap((text) => riders[text.rule]?.(scope, text) ?? [text]),
      ...vectors(scope),
    ],
    plainVectors(scope),
  );
}

function plainVectors(scope: Scope): readonly VectorText[] {
  const pages = range(scope.pages);
  const cpus = range(scope.cpus);
  return [
    ...pages.flatMap((page) => handOuts(scope, page)),
    ...pages.flatMap((page) => leafStores(scope, page)),
    ...pages.flatMap((page) => writes(page)),
    ...cpus.flatMap((cpu) => modeChanges(scope, cpu)),
    ...cpus.flatMap((cpu) => invalidations(scope, cpu)),
    ...cpus.flatMap((cpu) => shootdowns(scope, cpu)),
    ...cpus.flatMap((cpu) => reads(scope, cpu)),
  ];
}

/** The rules by which a page reaches an owner. At most one of them may end a step (see refinement.ts). */
export const HAND_OUTS: readonly string[] = ["allocSensitive", "allocNonsensitive", "allocMapping", "allocUnmapped"];

/** The rules by which an owner changes the content of its page. */
export const OWNER_WRITES: readonly string[] = ["writePublic", "overwrite", "writeSecret"];

function handOuts(scope: Scope, page: number): readonly VectorText[] {
  const leaf = (event: string) => translationsOfPage(scope, page, may(event));
  return [
    kernel("allocSensitive", [page], [must("page", "allocSensitive", page)]),
    kernel("allocNonsensitive", [page], [must("page", "allocNonsensitive", page)]),
    kernel("allocMapping", [page], [must("page", "allocMapping", page), harmless(page), ...leaf("set")]),
    kernel("allocUnmapped", [page], [must("page", "allocUnmapped", page)]),
    kernel("free", [page], [must("page", "free", page)]),
    kernel("freeUnmapping", [page], [must("page", "freeUnmapping", page), ...leaf("clear")]),
  ];
}

function leafStores(scope: Scope, page: number): readonly VectorText[] {
  const leaf = (event: string) => translationsOfPage(scope, page, may(event));
  const discharged = translationsOfPage(scope, page, (...at) => must("translation", "confirm", ...at));
  return [
    kernel("map", [page], [must("page", "map", page), harmless(page), ...leaf("set")]),
    kernel("lateMap", [page], [must("page", "lateMap", page), harmless(page), ...leaf("set")]),
    kernel("unmap", [page], [must("page", "unmap", page), ...leaf("clear")]),
    kernel("flushed", [page], [must("page", "flushed", page), ...discharged]),
  ];
}

/** Owners write what their page may hold; the kernel may zero any frame at any time. */
function writes(page: number): readonly VectorText[] {
  const write = (rule: string, may: string) =>
    kernel(rule, [page], [must("page", may, page), must("content", rule, page)]);
  return [
    write("writePublic", "writePublic"),
    write("overwrite", "writePublic"),
    write("writeSecret", "writeSecret"),
    kernel("zero", [page], [must("content", "zero", page)]),
  ];
}

/** Entering takes two steps and so does leaving; only `enter` and `exit` touch CR3. */
function modeChanges(scope: Scope, cpu: number): readonly VectorText[] {
  const contexts = range(scope.contexts);
  const perContext = contexts.flatMap((context) => {
    const others = contexts.filter((other) => other !== context);
    const move = (event: string) => must("cpu", event, cpu, context);
    return [
      kernel("announce", named(scope, cpu, context), [
        move("announce"),
        must("shootdown", "confirmIdle", cpu),
        ...others.map((other) => must("cpu", "confirmUnrestricted", cpu, other)),
      ]),
      kernel("enter", named(scope, cpu, context), [
        move("enter"),
        ...translationsOfContext(scope, cpu, context, may("enter")),
      ]),
      kernel("relax", named(scope, cpu, context), [move("relax")]),
      kernel("tighten", named(scope, cpu, context), [move("tighten")]),
      kernel("settle", named(scope, cpu, context), [move("settle")]),
      ...obligation(scope, cpu, context),
    ];
  });
  const fence = scope.policy === "flush" ? translationsOfCpu(scope, cpu, may("fence")) : [];
  const exits = contexts.map((context) => must("cpu", "exit", cpu, context));
  return [...perContext, vector("hardware", "exit", [cpu], [...exits, ...fence])];
}

/** With generations, an invalidation is owed from the moment somebody says so: a generation bump, an invalidate flag. */
function obligation(scope: Scope, cpu: number, context: number): readonly VectorText[] {
  if (scope.policy === "flush") return [];
  const unloaded = must("cpu", "confirmUnrestricted", cpu, context);
  return [
    kernel("owe", named(scope, cpu, context), [unloaded, ...translationsOfContext(scope, cpu, context, may("fence"))]),
  ];
}

/** INVPCID or a CR3 write of everything; INVLPG or INVPCID of one page in one context, which only a stale one notices. */
function invalidations(scope: Scope, cpu: number): readonly VectorText[] {
  const single = range(scope.pages).flatMap((page) =>
    range(scope.contexts).map((context) =>
      kernel(
        "invalidatePage",
        [...named(scope, cpu, context), page],
        [must("translation", "invalidate", cpu, context, page)],
      ),
    ),
  );
  return [kernel("invalidateAll", [cpu], translationsOfCpu(scope, cpu, may("invalidate"))), ...single];
}

function shootdowns(scope: Scope, initiator: number): readonly VectorText[] {
  const targets = orderedPairs(scope.cpus).filter(([from]) => from === initiator);
  const unrestricted = range(scope.contexts).map((context) => must("cpu", "confirmUnrestricted", initiator, context));
  const answers = targets.map((pair) => must("acknowledgement", "confirmQuiet", ...pair));
  return [
    kernel("begin", [initiator], [must("shootdown", "begin", initiator), ...unrestricted]),
    ...targets.map((pair) =>
      kernel("send", pair, [must("shootdown", "send", initiator), must("acknowledgement", "send", ...pair)]),
    ),
    ...targets.map((pair) =>
      kernel("ack", pair, [
        must("acknowledgement", "ack", ...pair),
        ...translationsOfCpu(scope, pair[1], may("invalidate")),
      ]),
    ),
    kernel("complete", [initiator], [must("shootdown", "complete", initiator), ...answers]),
  ];
}

/** The attacker's move: a load in protected mode through whatever translation is usable. S1 is read off it. */
function reads(scope: Scope, cpu: number): readonly VectorText[] {
  return range(scope.pages).flatMap((page) =>
    range(scope.contexts).map((context) =>
      vector(
        "attacker",
        "read",
        [...named(scope, cpu, context), page],
        [
          must("cpu", "read", cpu, context),
          must("translation", "read", cpu, context, page),
          must("content", "read", page),
        ],
      ),
    ),
  );
}

function harmless(page: number): PartText {
  return must("content", "confirmHarmless", page);
}
