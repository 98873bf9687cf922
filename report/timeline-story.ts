import type { Counterexample, RecordedStep } from "../model/counterexample.ts";
import { IPI_SENT } from "../model/kernel-columns.ts";
import { protectedTagsOf } from "../model/space-translations.ts";
import { bufferedStores, effectsOf, idleWaits, isBuffer } from "./effects-of-step.ts";
import { type HiddenFill, hiddenFills, type Suspects } from "./hidden-fills.ts";
import { RunCells } from "./run-cells.ts";
import { RunNames } from "./run-names.ts";
import { indexIn } from "./step-effects.ts";
import type { Story } from "./timeline-events.ts";
import type { TimelineLine } from "./timeline-line.ts";

/** Claims about waiting and about context, whose stories need to say who holds which lock. */
const ABOUT_LOCKS = /^(S23|DEADLOCK|L1)$/;

/** Witnesses that blame what a CPU may have cached. */
const ABOUT_ENTRIES = /translation|entry|entries|walk/;

/** Reads a run once and keeps what its timeline tells: what each step did, and the fills it implies. */
export function tellStory(
  run: Counterexample,
  options: { readonly places: readonly string[]; readonly steps: boolean; readonly isViolated: boolean },
): Story {
  const names = new RunNames(run);
  const cells = new RunCells(names.start);
  const named = numbersAfter("pfn", run.witness);
  const pages = named.size > 0 ? named : pagesGivenOut(run.steps);
  const blocks = numbersAfter("block", run.witness);
  const context = {
    ...options,
    pages,
    idleWaits: idleWaits(run.steps),
    names,
    cells,
    locks: ABOUT_LOCKS.test(run.claim),
  };
  const waiting: string[][] = [];
  const effects = run.steps.map((step) => {
    cells.apply(step);
    waiting.push(step.changes.some(isBuffer) ? bufferedStores(step.action.cpu, step, context) : []);
    return effectsOf(step, context);
  });
  const suspects = { pages, blocks, ...suspectsOf(run.witness, names) };
  const fills = ABOUT_ENTRIES.test(run.witness) ? hiddenFills(run.steps, names, suspects) : [];
  return {
    steps: run.steps,
    effects,
    waiting,
    fills: suspects.cpu === undefined ? onceEach(fills) : fills,
    names,
    isViolated: options.isViolated,
    isNamed: (step) => concerns(step, named, blocks),
  };
}

/** Where the witness blames no CPU, what several may do alike is told of the first. */
function onceEach(fills: readonly HiddenFill[]): HiddenFill[] {
  return fills.filter(({ step }, at) => fills.findIndex((other) => other.step === step) === at);
}

/** What is still under way when the run ends: IPIs not delivered, broadcasts not waited for, stores not yet in memory. */
export function pendingLines({ steps, names }: Story): TimelineLine[] {
  const last = new Map<string, { readonly cpu: number; readonly words: string }>();
  for (const step of steps) {
    for (const change of step.changes) {
      const cpu = indexIn(change, "cpu") ?? 0;
      const key = `${change.column} ${change.row}`;
      const told = pendingWords(change.column, change.after, cpu);
      if (told === undefined) last.delete(key);
      else last.set(key, { cpu: change.column === "ipi.request" ? (indexIn(change, "peer") ?? 0) : cpu, words: told });
    }
  }
  return [...last.values()]
    .filter(({ cpu }) => names.cpus === 0 || cpu < names.cpus)
    .sort((a, b) => a.cpu - b.cpu)
    .map(({ cpu, words }) => ({ number: undefined, mark: "-", cpu, parts: [words], fixed: true }));
}

function pendingWords(column: string, after: string, cpu: number): string | undefined {
  if (column === "ipi.request" && after === String(IPI_SENT)) return `has not yet got the IPI from cpu${cpu}`;
  if (column === "as.broadcasting" && after !== "0") return "has not waited for its INVLPGB";
  if (column === "tso.column" && after !== "0") return "has not made all of its buffered stores";
  return undefined;
}

/** The CPU that the witness names, and the PCID or the context that it names with it. */
function suspectsOf(witness: string, { start, rows }: RunNames): Pick<Suspects, "cpu" | "tag"> {
  const number = (pattern: RegExp): number | undefined => {
    const found = pattern.exec(witness)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const context = number(/context (\d+)/);
  const known = rows === undefined || start === undefined || context === undefined;
  const tag = known ? undefined : protectedTagsOf(start.world)[context];
  return { cpu: number(/cpu(\d+)/), tag: number(/PCID (\d+)/) ?? tag };
}

function numbersAfter(word: string, text: string): ReadonlySet<number> {
  return new Set([...text.matchAll(new RegExp(`${word} (\\d+)`, "g"))].map((match) => Number(match[1])));
}

function pagesGivenOut(steps: readonly RecordedStep[]): ReadonlySet<number> {
  const changes = steps.flatMap((step) => step.changes).filter((change) => change.column === "ledger.order");
  return new Set(changes.map((change) => indexIn(change, "pfn") ?? 0));
}

function concerns(step: RecordedStep, pages: ReadonlySet<number>, blocks: ReadonlySet<number>): boolean {
  const { pfn, order = 0 } = step.action;
  if (pfn !== undefined) for (const page of pages) if (page >= pfn && page < pfn + 2 ** order) return true;
  return step.changes.some((change) => {
    const page = indexIn(change, "pfn");
    const block = indexIn(change, "block");
    return (page !== undefined && pages.has(page)) || (block !== undefined && blocks.has(block));
  });
}
