import type { RecordedStep } from "../model/counterexample.ts";
import type { Change } from "../model/diff.ts";
import { IPI_FREE, IPI_SENT } from "../model/kernel-columns.ts";
import { PLACE_ALLOCATED, PLACE_FIRST_LIST } from "../model/lists.ts";
import { TRANSLATION } from "../model/translations.ts";
import { assignmentOf } from "./column-words.ts";
import type { RunCells } from "./run-cells.ts";
import type { RunNames } from "./run-names.ts";
import { BARE_FLUSH, type Effect, indexIn, merge, printEffect, printPages } from "./step-effects.ts";

/** What a reader of a timeline needs beside the run itself. */
interface EffectContext {
  /** Names of the list kinds, by the value of `list.place` − 2. */
  readonly places: readonly string[];
  /** Pages that the story is about: those the witness names. */
  readonly pages: ReadonlySet<number>;
  /** Waits for acknowledgements before which no IPI was sent. */
  readonly idleWaits: ReadonlySet<RecordedStep>;
  readonly names: RunNames;
  /** The state after the step that is told. */
  readonly cells: RunCells;
  /** The story is about waiting: who holds which lock, and where interrupts are off, is told. */
  readonly locks: boolean;
  /** Told step by step: with what functions keep for themselves. */
  readonly steps: boolean;
}

/**
 * What a micro-step changed, as far as it matters to a reader: leaves, secrets, CR3, IPIs, invalidations, lists that a page
 * waits on, and the kernel's and the design's own words.
 */
export function effectsOf(step: RecordedStep, context: EffectContext): Effect[] {
  const { step: label } = step.action;
  const found = step.changes.flatMap((change) => effectOf(change, step, context));
  const flushes = /invalidate|flush_local/.test(label ?? "");
  return merge([
    ...cr3Effect(step, context),
    ...broadcastEffects(step, context),
    ...found,
    ...bufferEffect(step, context),
    ...(flushes && !found.some(isFlush) ? [words(BARE_FLUSH)] : []),
    ...(isWait(step) ? [words(context.idleWaits.has(step) ? "no other CPU was asked" : "all answered")] : []),
  ]);
}

/** Waits for acknowledgements that nobody was asked for: the shootdown left every other CPU out. */
export function idleWaits(steps: readonly RecordedStep[]): ReadonlySet<RecordedStep> {
  const asked = new Set<number>();
  const idle = new Set<RecordedStep>();
  for (const step of steps) {
    const { cpu } = step.action;
    if (step.changes.some((change) => change.column === "ipi.request" && change.after === String(IPI_SENT)))
      asked.add(cpu);
    if (!isWait(step)) continue;
    if (!asked.has(cpu)) idle.add(step);
    asked.delete(cpu);
  }
  return idle;
}

function isWait(step: RecordedStep): boolean {
  return step.action.step === "await_acks";
}

function isFlush(effect: Effect): boolean {
  return effect.kind === "pages" && effect.verb === "flush";
}

function effectOf(change: Change, step: RecordedStep, context: EffectContext): Effect[] {
  const pfn = indexIn(change, "pfn") ?? -1;
  const actor = step.action.cpu;
  switch (change.column) {
    case "hw.present":
      return [pages(change.after === "yes" ? "map" : "clear", pfn)];
    case "hw.tag":
      return tagEffect(change, pfn);
    case "hw.mode":
      return [words(change.after === "yes" ? "CR3 := unrestricted" : "CR3 := restricted")];
    case "tlb.entry":
      return isDropped(change) ? [pages("flush", pfn, onCpu(change, actor))] : [];
    case "held.entry":
      return change.after === "0" ? heldEffect(change, actor, context) : [];
    case "as.vmap":
      return [
        words(`area ${indexIn(change, "vmap")} ${change.after === "-" ? "shows nothing" : `shows ${change.after}`}`),
      ];
    case "as.directAbsent":
      return [pages(change.after === "yes" ? "clear direct map of" : "direct-map", pfn)];
    case "as.directReadOnly":
      return [pages(change.after === "yes" ? "write-protect direct map of" : "make writable direct map of", pfn)];
    case "as.restrictedReadOnly":
      return [pages(change.after === "yes" ? "write-protect" : "make writable", pfn)];
    case "as.user":
      return [pages(change.after === "yes" ? "map" : "clear", pfn, `in mm${indexIn(change, "mm")}'s user part`)];
    case "as.table":
      return [words(tableWords(change))];
    case "ipi.request":
      return ipiEffect(change);
    case "list.place":
      return placeEffect(change, pfn, step, context);
    case "cpu.lockHolder":
    case "cpu.irqsOff":
      return context.locks ? lockEffect(change, actor, context) : [];
    default:
      return designEffect(change, actor, context);
  }
}

function tagEffect(change: Change, pfn: number): Effect[] {
  if (change.after.startsWith("secret")) return [pages(`write ${change.after} to`, pfn)];
  if (change.before.startsWith("secret") && change.after === "clean") return [pages("zero", pfn)];
  return [];
}

function isDropped(change: Change): boolean {
  return change.before === String(TRANSLATION.stale) && change.after === String(TRANSLATION.absent);
}

/** An entry that the CPU no longer holds: which page, and under which PCID where that is not the loaded one. */
function heldEffect(change: Change, actor: number, { names, cells }: EffectContext): Effect[] {
  const cpu = indexIn(change, "cpu") ?? actor;
  const tag = indexIn(change, "pcidOrGlobal") ?? 0;
  if (!names.isProtected(tag)) return [];
  const { pfn, block, area, user } = names.heldRow(indexIn(change, "translation") ?? 0);
  const where = [
    area === undefined ? "" : `through area ${area}`,
    user === undefined ? "" : `of mm${user}'s user part`,
    tag >= names.tags ? "(global)" : tag === cells.count("as.pcid", cpu) ? "" : `(PCID ${tag})`,
    onCpu(change, actor),
  ];
  const tail = where.filter((part) => part !== "").join(" ");
  if (block !== undefined) return [words(`flush upper entry of block ${block}${tail === "" ? "" : ` ${tail}`}`)];
  return [pages("flush", pfn ?? 0, tail)];
}

/** CR3 as one: the root and the PCID, whichever of them changed. */
function cr3Effect(step: RecordedStep, { names, cells }: EffectContext): Effect[] {
  const change = step.changes.find(({ column }) => column === "as.root" || column === "as.pcid");
  if (change === undefined) return [];
  const cpu = indexIn(change, "cpu") ?? step.action.cpu;
  const root = names.root(cells.count("as.root", cpu));
  const where = onCpu(change, step.action.cpu);
  return [words(`CR3 := ${root}, PCID ${cells.count("as.pcid", cpu)}${where === "" ? "" : ` ${where}`}`)];
}

/** INVLPGB goes to every CPU at once; TLBSYNC waits for what this CPU has sent. */
function broadcastEffects(step: RecordedStep, { names }: EffectContext): Effect[] {
  const { cpu, step: label } = step.action;
  const change = step.changes.find(({ column }) => column === "as.broadcasting");
  if (label === "invlpgb" || change?.before === "0") {
    const asked = step.changes.filter(({ column, after }) => column === "as.broadcast" && after === "yes");
    const pfns = asked.map((told) => indexIn(told, "pfn") ?? 0);
    const others = Array.from({ length: names.cpus }, (_, to) => to).filter((to) => to !== cpu);
    return [
      words(pfns.length === 0 ? "INVLPGB" : `INVLPGB ${printPages(pfns)}`),
      ...others.map((to): Effect => ({ kind: "arrow", label: "INVLPGB", to, words: "" })),
    ];
  }
  if (label !== "tlbsync" && change === undefined) return [];
  const waits = change !== undefined && indexIn(change, "cpu") === cpu;
  return [words(names.rows === undefined || waits ? "TLBSYNC" : "TLBSYNC (waits for nothing here)")];
}

/** Step by step, what goes into the CPU's store buffer; a line that tells an event says what is left there at its end. */
function bufferEffect(step: RecordedStep, context: EffectContext): Effect[] {
  const { cpu, kind } = step.action;
  if (!context.steps || kind === "store" || !step.changes.some(isBuffer)) return [];
  const waiting = bufferedStores(cpu, step, context);
  const last = waiting.at(-1);
  return last === undefined ? [] : [words(`buffered: ${last}`)];
}

/** What waits in the CPU's store buffer after a step, oldest first, in words. */
export function bufferedStores(cpu: number, step: RecordedStep, context: EffectContext): string[] {
  const { names, cells } = context;
  return Array.from({ length: names.stores }, (_, at) => cpu * names.stores + at).flatMap((row) => {
    const number = cells.count("tso.column", row);
    const target = cells.count("tso.row", row);
    const store = number === 0 ? undefined : names.store(number, target, cells.count("tso.value", row));
    if (store === undefined) return [];
    const [effect] = effectOf({ ...store, row: target, before: "" }, step, context);
    return [effect === undefined ? `${store.column}${store.where} := ${store.after}` : printEffect(effect)];
  });
}

/** The step put something into a store buffer, or took something out. */
export function isBuffer({ column }: Change): boolean {
  return column.startsWith("tso.");
}

function ipiEffect(change: Change): Effect[] {
  const peer = indexIn(change, "peer") ?? 0;
  const cpu = indexIn(change, "cpu") ?? 0;
  if (change.after === String(IPI_SENT)) return [{ kind: "arrow", label: "IPI", to: peer, words: `IPI to cpu${peer}` }];
  if (change.after === String(IPI_FREE)) return [{ kind: "arrow", label: "ack", to: cpu, words: `ack to cpu${cpu}` }];
  return [];
}

/** Lists matter for pages the story is about. Leaving the caller or entering the caller is told by the call itself. */
function placeEffect(change: Change, pfn: number, step: RecordedStep, context: EffectContext): Effect[] {
  const after = Number(change.after);
  if (!context.pages.has(pfn) || after <= PLACE_ALLOCATED || step.action.kind !== "step") return [];
  return [pages("", pfn, `→ ${context.places[after - PLACE_FIRST_LIST] ?? "a"} list`)];
}

function lockEffect(change: Change, actor: number, { names }: EffectContext): Effect[] {
  const { before, after } = change;
  if (change.column === "cpu.irqsOff") {
    const print = (value: string): string => (value === "0" ? "on" : "off");
    return [{ kind: "set", name: `irqs ${onCpu(change, actor)}`.trim(), before: print(before), after: print(after) }];
  }
  const print = (value: string): string => (value === "-" ? "free" : value);
  return [{ kind: "set", name: names.lock(indexIn(change, "lock") ?? 0), before: print(before), after: print(after) }];
}

function designEffect(change: Change, actor: number, context: EffectContext): Effect[] {
  const assignment = assignmentOf(change, actor, context);
  return assignment === undefined ? [] : [{ kind: "set", ...assignment }];
}

function tableWords({ where, after }: Change): string {
  const block = indexIn({ where }, "block");
  return after === "-" ? `unhook the table of block ${block}` : `hook ${after} as table of block ${block}`;
}

function onCpu(change: Change, actor: number): string {
  const cpu = indexIn(change, "cpu") ?? actor;
  return cpu === actor ? "" : `on cpu${cpu}`;
}

function pages(verb: string, pfn: number, tail = ""): Effect {
  return { kind: "pages", verb, pfns: [pfn], tail };
}

function words(text: string): Effect {
  return { kind: "words", words: text };
}
