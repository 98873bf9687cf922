import type { Charts } from "../charts.ts";
import { beginning, enabling } from "../claim-patterns.ts";
import type { ClaimText, Extension } from "../extension.ts";
import { needs, type Precondition } from "../precondition.ts";
import { type PartText, range, type Scope, switches, type VectorText } from "../product.ts";
import { slotMissing, slotTwiceMissing } from "../slot.machine.ts";
import { switchMissing } from "../switch.machine.ts";
import { contextOf, contextsOfSlot, kernel, may, must, plus, slotOf, translationsOfContext } from "../vector-parts.ts";

/**
 * Several mms on each CPU, under the PCIDs of a few slots.
 *
 * A CPU switches mms in a window, finds or takes a slot, and may enter a restricted context only when the slot is its mm's
 * and flushed since it was given. Why that matters is told by `owners.ts`: what a slot's PCIDs hold from its last mm is what
 * its next one must not find.
 */
export const slotExtension: Extension = {
  asked: switches,
  riders: { announce: (scope, text) => [plus(text, enterable(scope, text))] },
  vectors: (scope) => range(scope.cpus).flatMap((cpu) => slotChanges(scope, cpu)),
  preconditions: (_, charts) => preconditions(charts),
  missing: ({ mms, slots }) => [
    ...slotMissing(mms),
    ...(slots > 1 && mms > 1 ? slotTwiceMissing(mms) : []),
    ...switchMissing,
  ],
  claims,
  reaches,
};

/** Restricted contexts are entered while `loaded_mm` is settled, and under a slot flushed since it was given. */
function enterable(scope: Scope, text: VectorText): readonly PartText[] {
  const [cpu] = text.args;
  const slot = slotOf(scope, contextOf(scope, text));
  return [must("switch", "confirmSettled", cpu), must("slot", "confirmFlushed", cpu, slot)];
}

/** The window of switch_mm: begin, one CR3 write that gives a slot or comes back to one, end; the flush before use. */
function slotChanges(scope: Scope, cpu: number): readonly VectorText[] {
  const unrestricted = range(scope.contexts).map((context) => must("cpu", "confirmUnrestricted", cpu, context));
  return [
    kernel(
      "beginSwitch",
      [cpu],
      [must("switch", "begin", cpu), must("shootdown", "confirmIdle", cpu), ...unrestricted],
    ),
    ...range(scope.slots).flatMap((slot) => changesOf(scope, cpu, slot)),
  ];
}

function changesOf(scope: Scope, cpu: number, slot: number): readonly VectorText[] {
  const others = range(scope.slots).filter((other) => other !== slot);
  const standDown = (event: string) => others.map((other) => must("slot", event, cpu, other));
  const load = must("switch", "load", cpu);
  const move = (event: string) => must("slot", event, cpu, slot);
  // A slot is kept when another one is loaded: a CPU with one slot has nothing to come back to.
  const resume = kernel("resumeSlot", [cpu, slot], [load, move("resume"), ...standDown("standDown")]);
  return [
    ...range(scope.mms).map((mm) =>
      kernel("giveSlot", [cpu, slot, mm], [load, move(`give-${mm}`), ...standDown(`standDown-${mm}`)]),
    ),
    ...(others.length > 0 ? [resume] : []),
    kernel("flushSlot", [cpu, slot], [move("flush"), ...invalidated(scope, cpu, slot)]),
    kernel("endSwitch", [cpu, slot], [must("switch", "end", cpu), move("confirmLoaded")]),
  ];
}

/** Every PCID derived from the slot, one per class. */
function invalidated(scope: Scope, cpu: number, slot: number): readonly PartText[] {
  return contextsOfSlot(scope, slot).flatMap((context) =>
    translationsOfContext(scope, cpu, context, may("invalidate")),
  );
}

function preconditions(charts: Charts): readonly Precondition[] {
  const slots = (...prefixes: readonly string[]) => beginning(charts, "slot", ...prefixes);
  return [
    needs("announce", "switch", ["settled"], "loaded_mm is not to change under an entry"),
    needs("announce", "slot", slots("loaded-"), "a slot is flushed between being given and being used"),
    needs("beginSwitch", "switch", ["settled"], "one switch at a time"),
    needs("beginSwitch", "shootdown", ["idle"], "an initiator waits for its answers first"),
    needs("beginSwitch", "cpu", ["unrestricted"], "context_switch() begins with asi_exit()"),
    needs("giveSlot", "switch", ["switching"], "slots change hands inside the window"),
    ...slots("kept-").map((kept) => {
      const mm = kept.slice("kept-".length);
      const only = charts.slot.states.filter((state) => !state.endsWith(`-${mm}`));
      return needs("giveSlot", "slot", only, "an mm that has a slot comes back to it");
    }),
    needs("resumeSlot", "switch", ["switching"], "slots change hands inside the window"),
    needs("resumeSlot", "slot", slots("kept-"), "only what was kept comes back without a flush"),
    needs("flushSlot", "slot", slots("given-"), "elsewhere it is an invalidation like any other"),
    needs("endSwitch", "switch", ["switching"], "only what has begun"),
    needs("endSwitch", "slot", slots("given-", "loaded-"), "CR3 holds the slot of the mm that is announced"),
  ];
}

function claims(scope: Scope, charts: Charts): readonly ClaimText[] {
  const loaded = beginning(charts, "slot", "loaded-");
  const unfit = charts.slot.states.filter((state) => !loaded.includes(state));
  const s18: ClaimText = {
    id: "S18",
    statement: "No CPU ever runs in a context of a slot that is not loaded, or not flushed since it was given.",
    patterns: [{ cpu: enabling(charts, "cpu", "read"), slot: unfit }],
  };
  const s20: ClaimText = {
    id: "S20",
    statement: "A CPU never keeps two records of one mm.",
    patterns: range(scope.mms).map((mm) => {
      const own = charts.slot.states.filter((state) => state.endsWith(`-${mm}`));
      return { slot: own, "other slot": own };
    }),
  };
  return scope.slots > 1 && scope.mms > 1 ? [s18, s20] : [s18];
}

function reaches(scope: Scope, charts: Charts): readonly ClaimText[] {
  const given = beginning(charts, "slot", "given-");
  const s18: ClaimText = {
    id: "S18",
    statement: "A CPU has settled on an mm whose slot is not flushed yet.",
    patterns: [{ switch: ["settled"], slot: given }],
  };
  const s20: ClaimText = {
    id: "S20",
    statement: "One slot is kept for an mm while another is given away.",
    patterns: [{ slot: beginning(charts, "slot", "kept-"), "other slot": given }],
  };
  return scope.slots > 1 && scope.mms > 1 ? [s18, s20] : [s18];
}
