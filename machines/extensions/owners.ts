import type { Charts } from "../charts.ts";
import { beginning, enabling } from "../claim-patterns.ts";
import type { ClaimText, Extension, Rider } from "../extension.ts";
import { ownedContentMissing } from "../owned-content.machine.ts";
import { ownerMissing } from "../owner.machine.ts";
import { needs, type Precondition } from "../precondition.ts";
import { type PartText, range, type Scope, type VectorText } from "../product.ts";
import { usertranslationMissing } from "../usertranslation.machine.ts";
import {
  contextOf,
  contextsOfSlot,
  kernel,
  must,
  named,
  plus,
  reaches,
  slotOf,
  translationsOfContext,
  translationsOfCpu,
  translationsOfPage,
  vector,
} from "../vector-parts.ts";

/**
 * Secrets have owners, and an owner maps its pages in its own user part: S1 by principal.
 *
 * A page has two aliases. The physmap's is in the part that all restricted tables share, and a sensitive page is not there.
 * The user alias is in the owner's tables alone, and legal: what makes it dangerous is that the entry filled from it carries
 * a slot's tag, outlives the mapping, and is found by whoever has the slot then.
 */
export const ownerExtension: Extension = {
  asked: ({ mms }) => mms > 1,
  riders: {
    allocSensitive: (scope, text) => {
      const [page] = text.args;
      return range(scope.mms).map((mm) => plus({ ...text, args: [page, mm] }, [must("owner", `take-${mm}`, page)]));
    },
    writeSecret: (scope, text) => secretWrites(scope, text),
    free: (scope, text) => [plus(text, released(scope, text.args[0]))],
    exit: (scope, text) => [plus(text, scope.policy === "flush" ? translationsOfCpu(scope, text.args[0], drop) : [])],
    owe: (scope, text) => [plus(text, translationsOfContext(scope, text.args[0], contextOf(scope, text), drop))],
    flushSlot: (scope, text) => {
      const contexts = contextsOfSlot(scope, text.args[1]);
      return [
        plus(
          text,
          contexts.flatMap((context) => translationsOfContext(scope, text.args[0], context, drop)),
        ),
      ];
    },
    invalidateAll: dropping(0),
    ack: dropping(1),
  },
  vectors: (scope) => [
    ...range(scope.pages).flatMap((page) => userMappings(scope, page)),
    ...range(scope.cpus).flatMap((cpu) =>
      range(scope.contexts).flatMap((context) =>
        range(scope.pages).flatMap((page) => userAlias(scope, cpu, context, page)),
      ),
    ),
  ],
  preconditions: (_, charts) => preconditions(charts),
  missing: ({ mms }) => [...ownerMissing(mms), ...usertranslationMissing, ...ownedContentMissing(mms)],
  claims,
  reaches: (_, charts) => [
    {
      id: "S1",
      statement: "A CPU that runs in a protected mode holds a user translation to its own mm's secret.",
      patterns: [
        {
          cpu: enabling(charts, "cpu", "read"),
          usertranslation: ["held"],
          content: beginning(charts, "content", "secret-").filter((state) => state !== "secret-mixed"),
        },
      ],
    },
  ],
};

function drop(cpu: number, context: number, page: number): PartText {
  return reaches("usertranslation", "drop", cpu, context, page);
}

/** The CPU that invalidates is the vector's argument at `position`. */
function dropping(position: number): Rider {
  return (scope, text) => [plus(text, translationsOfCpu(scope, text.args[position], drop))];
}

function secretWrites(scope: Scope, text: VectorText): readonly VectorText[] {
  const [page] = text.args;
  const kept = text.parts.filter(({ chart }) => chart !== "content");
  return range(scope.mms).map((mm) => ({
    ...text,
    args: [page, mm],
    parts: [...kept, must("owner", `write-${mm}`, page), must("content", `writeSecret-${mm}`, page)],
  }));
}

/** A page is free once no user part maps it and no CPU can use what it holds of one that did. */
function released(scope: Scope, page: number): readonly PartText[] {
  const gone = translationsOfPage(scope, page, (...at) => must("usertranslation", "confirm", ...at));
  return [must("owner", "release", page), ...gone];
}

function userMappings(scope: Scope, page: number): readonly VectorText[] {
  return [
    ...range(scope.mms).map((mm) =>
      kernel(
        "showUser",
        [page, mm],
        [must("owner", `show-${mm}`, page), must("content", `confirmVisible-${mm}`, page)],
      ),
    ),
    kernel("hideUser", [page], [must("owner", "hide", page)]),
  ];
}

/** The attacker has the CPU walk its own mm's user part, and reads through whatever the tag finds. */
function userAlias(scope: Scope, cpu: number, context: number, page: number): readonly VectorText[] {
  const at = [...named(scope, cpu, context), page];
  const inside = must("cpu", "read", cpu, context);
  const hold = (event: string) => must("usertranslation", event, cpu, context, page);
  return [
    ...range(scope.mms).map((mm) => {
      const slot = must("slot", `walk-${mm}`, cpu, slotOf(scope, context));
      return vector(
        "attacker",
        "walkUser",
        [...at, mm],
        [inside, slot, must("owner", `walk-${mm}`, page), hold("fill")],
      );
    }),
    vector("attacker", "readUser", at, [inside, hold("read"), must("content", "read", page)]),
    kernel("invalidateUser", at, [hold("drop")]),
  ];
}

function preconditions(charts: Charts): readonly Precondition[] {
  const mms = beginning(charts, "owner", "of-").map((state) => state.slice("of-".length));
  const loaded = enabling(charts, "cpu", "read");
  return [
    needs("allocSensitive", "owner", ["nobody"], "a page has one owner at most"),
    needs("free", "owner", ["nobody", ...beginning(charts, "owner", "of-")], "unmapped from user space first"),
    needs("free", "usertranslation", ["absent"], "every CPU takes part, and one that may use the alias refuses"),
    needs("hideUser", "owner", beginning(charts, "owner", "shown-"), "only what is mapped"),
    needs("readUser", "usertranslation", ["held"], "a load reaches what is held"),
    needs("readUser", "cpu", loaded, "unrestricted loads use another tag"),
    needs("walkUser", "cpu", loaded, "unrestricted walks use another tag"),
    needs("walkUser", "usertranslation", ["absent"], "elsewhere it would change nothing"),
    needs("invalidateUser", "usertranslation", ["held"], "elsewhere it would change nothing"),
    ...mms.flatMap((mm) => [
      needs("showUser", "owner", [`of-${mm}`], "the owner alone maps its page"),
      needs("showUser", "content", ["clean", "public", `secret-${mm}`], "what is mapped is shown"),
      needs("writeSecret", "owner", ["nobody", `of-${mm}`, `shown-${mm}`], "no other mm than the owner writes"),
      needs("walkUser", "owner", [`shown-${mm}`], "a walk finds what is mapped"),
      needs("walkUser", "slot", [`given-${mm}`, `loaded-${mm}`], "a walk starts at CR3, flushed or not"),
    ]),
  ];
}

/** Who reads is said by the slot: the mm that has it sees its own secrets, through either alias, and no one else's. */
function claims(scope: Scope, charts: Charts): readonly ClaimText[] {
  const patterns = range(scope.mms).flatMap((mm) => {
    const isOwn = (state: string) => state.endsWith(`-${mm}`);
    const cpu = enabling(charts, "cpu", "read");
    const slot = charts.slot.states.filter(isOwn);
    const content = beginning(charts, "content", "secret").filter((state) => !isOwn(state));
    return [
      { cpu, slot, translation: enabling(charts, "translation", "read"), content },
      { cpu, slot, usertranslation: ["held"], content },
    ];
  });
  return [
    {
      id: "S1",
      statement: "No CPU in a protected mode ever has a usable translation to another mm's secret.",
      patterns,
    },
    {
      id: "S8",
      statement: "Nor is it in anybody's user part, or held from one.",
      patterns: [
        { page: ["free-unmapped"], usertranslation: ["held"] },
        { page: ["free-unmapped"], owner: beginning(charts, "owner", "shown-") },
      ],
    },
  ];
}
