import { explainTranslationStep, TRANSLATION_STATES, translationRefinement } from "../../machines/refinement.ts";
import { assert } from "../../model/failure.ts";
import { SMALL } from "../../model/geometry.ts";
import { Hardware } from "../../model/hardware.ts";
import { hardwareColumns } from "../../model/hardware-columns.ts";
import { layOut } from "../../model/layout.ts";
import { DirtyPages, Moments } from "../../model/moments.ts";
import { State } from "../../model/state.ts";
import { TRANSLATION, translationColumns } from "../../model/translations.ts";
import type { World } from "../../model/world.ts";

/** What the closure found. `edges` are the moves seen, as `from → to`, in the chart's order. */
export interface TranslationRefinement {
  readonly cpus: number;
  readonly pages: number;
  readonly states: number;
  readonly transitions: number;
  readonly edges: readonly string[];
  /** The first move that the chart does not have, if there is one. */
  readonly violation?: string;
}

/**
 * REFINE-translation: every hardware primitive always moves what a CPU may hold for a page along edges of the translation
 * chart. Judged once, under `specification`: it is about our hardware, not about a design. Every verdict on a stale
 * translation leans on this ghost; if it forgets too soon, all of them are worthless.
 *
 * Takes every primitive from every reachable state of a small hardware and compares each translation before and after.
 *
 * Exhaustive: entries of different pages and CPUs influence each other through the mode and the leaf only, so two of each show
 * all there is.
 *
 * - **Cost**: 2 CPUs and 2 pages: some hundred states, milliseconds.
 */
export function checkTranslationRefinement(cpus = 2, pages = 2): TranslationRefinement {
  const bench = new Bench(cpus, pages);
  const seen = new Set<string>([bench.key()]);
  const queue = [bench.state.words.slice()];
  const edges = new Set<number>();
  let transitions = 0;
  let violation: string | undefined;
  for (const from of queue) {
    for (const operation of bench.operations()) {
      bench.state.restore(from);
      if (!operation.enabled()) continue;
      const before = bench.entries();
      operation.run();
      transitions++;
      violation ??= bench.compare(operation.name, before, edges);
      if (seen.has(bench.key())) continue;
      seen.add(bench.key());
      queue.push(bench.state.words.slice());
    }
  }
  const result = { cpus, pages, states: seen.size, transitions, edges: inWords(edges) };
  return violation === undefined ? result : { ...result, violation };
}

interface Operation {
  readonly name: string;
  enabled(): boolean;
  run(): void;
}

/** The hardware's columns and primitives alone, without any software. */
class Bench {
  readonly state: State;
  private readonly hw: Hardware;
  private readonly moments = new Moments();
  private readonly dirty: DirtyPages;

  constructor(
    private readonly cpus: number,
    private readonly pages: number,
  ) {
    const world = bareWorld(cpus, pages);
    this.state = new State(layOut(world, [hardwareColumns, translationColumns]));
    this.dirty = new DirtyPages(pages);
    this.hw = new Hardware(this.state, world, this.dirty, this.moments);
  }

  key(): string {
    return this.state.words.join();
  }

  operations(): readonly Operation[] {
    const { hw } = this;
    const always = (): boolean => true;
    const perPage = range(this.pages).flatMap((pfn) => [
      { name: `set ${pfn}`, enabled: always, run: () => hw.setPresent(pfn) },
      { name: `clear ${pfn}`, enabled: always, run: () => hw.clearPresent(pfn) },
    ]);
    const perCpu = range(this.cpus).flatMap((cpu) => [
      { name: `enter cpu${cpu}`, enabled: () => !hw.isProtected(cpu), run: () => hw.enterProtected(cpu) },
      { name: `exit cpu${cpu}`, enabled: () => hw.isProtected(cpu), run: () => hw.exitProtected(cpu) },
      { name: `invalidate all on cpu${cpu}`, enabled: always, run: () => hw.invalidateAll(cpu) },
      ...range(this.pages).map((pfn) => ({
        name: `invalidate ${pfn} on cpu${cpu}`,
        enabled: always,
        run: () => hw.invalidatePage(cpu, pfn),
      })),
    ]);
    return [...perPage, ...perCpu];
  }

  entries(): number[] {
    return range(this.cpus * this.pages).map((cell) =>
      this.hw.translations.entry(Math.floor(cell / this.pages), 0, cell % this.pages),
    );
  }

  /** Notes each entry's move in `edges`; says what is wrong when one is not the chart's or denies the leaf. */
  compare(operation: string, before: readonly number[], edges: Set<number>): string | undefined {
    this.moments.clear();
    this.dirty.clear();
    let wrong: string | undefined;
    this.entries().forEach((entry, cell) => {
      const from = CHART_STATE[before[cell] as number] as number;
      const to = CHART_STATE[entry] as number;
      const move = from * TRANSLATION_STATES.length + to;
      if (from !== to) edges.add(move);
      if (translationRefinement[move] !== 1) wrong ??= `${operation}: ${explainTranslationStep(from, to)}`;
      const present = entry === TRANSLATION.cached || entry === TRANSLATION.fencedPresent;
      if (present !== this.hw.isPresent(cell % this.pages)) wrong ??= `${operation}: the entry denies the leaf`;
    });
    return wrong;
  }
}

/** A `TRANSLATION` value as an index of the chart's states. */
const CHART_STATE: readonly number[] = ["absent", "cached", "stale", "fenced", "fenced-present"].map((name) => {
  const index = TRANSLATION_STATES.indexOf(name);
  assert(index >= 0, `the translation chart has a state ${name}`);
  return index;
});

function inWords(edges: ReadonlySet<number>): string[] {
  return [...edges]
    .sort((a, b) => a - b)
    .map((move) => {
      const states = TRANSLATION_STATES.length;
      return `${TRANSLATION_STATES[Math.floor(move / states)]} → ${TRANSLATION_STATES[move % states]}`;
    });
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function bareWorld(cpus: number, pages: number): World {
  return {
    geometry: SMALL,
    cpus,
    pages,
    blocks: 1,
    contexts: 1,
    mms: 2,
    migratetypes: 1,
    freetypes: 1,
    zones: [],
    nodes: 1,
    locks: 1,
    lists: { kinds: [], base: [], total: 0 },
    stacks: { levels: [], framesPerCpu: 0, localsPerFrame: 0, stepCount: 0 },
    requests: [],
    translations: "may-hold",
    modes: true,
    irq: false,
    protectedMap: "restricted",
    labels: false,
    preempt: false,
  };
}
