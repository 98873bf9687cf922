import { explainTranslationStep, TRANSLATION_STATES, translationStepAllowed } from "../machines/refinement.ts";
import { SMALL } from "../model/geometry.ts";
import { Hardware } from "../model/hardware.ts";
import { hardwareColumns } from "../model/hardware-columns.ts";
import { layOut } from "../model/layout.ts";
import { DirtyPages, Moments } from "../model/moments.ts";
import { State } from "../model/state.ts";
import { TRANSLATION, translationColumns } from "../model/translations.ts";
import type { ClaimResult } from "../model/verdict.ts";
import type { World } from "../model/world.ts";

const CPUS = 2;
const PAGES = 2;

/**
 * REFINE-translation: every hardware primitive moves each translation along edges of the translation chart. Judged once, of
 * our hardware and not of a design, by closing a machine of two CPUs and two pages under all primitives.
 */
export function translationRefinementResult(): ClaimResult {
  const found = closeUnderPrimitives();
  const scope = `cpus=${CPUS},pages=${PAGES}`;
  const verdict = found.fault === undefined ? "holds" : "violated";
  const completeness = found.fault ?? `EXHAUSTIVE within scope ${scope}`;
  return {
    id: "REFINE-translation",
    verdict,
    completeness,
    evidence: [
      {
        engine: "spec",
        scope,
        verdict,
        completeness,
        states: found.states,
        transitions: found.transitions,
        reached: found.moved > 0,
      },
    ],
  };
}

interface Closure {
  readonly states: number;
  readonly transitions: number;
  /** Transitions that moved some translation. */
  readonly moved: number;
  readonly fault: string | undefined;
}

function closeUnderPrimitives(): Closure {
  const state = new State(layOut(WORLD, [hardwareColumns, translationColumns]));
  const hw = new Hardware(state, WORLD, new DirtyPages(PAGES), new Moments());
  const seen = new Map<string, Uint32Array>([[state.words.join(), state.words.slice()]]);
  let transitions = 0;
  let moved = 0;
  for (const source of seen.values()) {
    for (const primitive of PRIMITIVES) {
      state.restore(source);
      const before = entries(hw);
      primitive(hw);
      transitions++;
      const after = entries(hw);
      for (let i = 0; i < before.length; i++) {
        if (before[i] === after[i]) continue;
        moved++;
        const fault = mismatch(before[i] as number, after[i] as number);
        if (fault !== undefined) return { states: seen.size, transitions, moved, fault };
      }
      const key = state.words.join();
      if (!seen.has(key)) seen.set(key, state.words.slice());
    }
  }
  return { states: seen.size, transitions, moved, fault: undefined };
}

function mismatch(before: number, after: number): string | undefined {
  const from = CHART_STATE[before] as number;
  const to = CHART_STATE[after] as number;
  return translationStepAllowed(from, to) ? undefined : explainTranslationStep(from, to);
}

function entries(hw: Hardware): number[] {
  const all: number[] = [];
  for (let cpu = 0; cpu < CPUS; cpu++)
    for (let pfn = 0; pfn < PAGES; pfn++) all.push(hw.translations.entry(cpu, 0, pfn));
  return all;
}

/** Every primitive, on every CPU and page. */
const PRIMITIVES: readonly ((hw: Hardware) => void)[] = [
  ...range(PAGES).flatMap((pfn) => [(hw: Hardware) => hw.setPresent(pfn), (hw: Hardware) => hw.clearPresent(pfn)]),
  ...range(CPUS).flatMap((cpu) => [
    (hw: Hardware) => hw.invalidateAll(cpu),
    (hw: Hardware) => {
      if (hw.isProtected(cpu)) hw.exitProtected(cpu);
    },
    (hw: Hardware) => {
      if (!hw.isProtected(cpu)) hw.enterProtected(cpu);
    },
    ...range(PAGES).map((pfn) => (hw: Hardware) => hw.invalidatePage(cpu, pfn)),
  ]),
];

/** Index in the chart of each value that the hardware keeps. */
const CHART_STATE: readonly number[] = Object.keys(TRANSLATION).map((key) =>
  TRANSLATION_STATES.indexOf(key === "fencedPresent" ? "fenced-present" : key),
);

const WORLD: World = {
  geometry: SMALL,
  cpus: CPUS,
  pages: PAGES,
  blocks: 1,
  contexts: 1,
  mms: 2,
  freetypes: 1,
  locks: 0,
  lists: { kinds: [], base: [], total: 0 },
  stacks: { levels: [], framesPerCpu: 0, localsPerFrame: 0, stepCount: 0 },
  requests: [],
  translations: "may-hold",
  modes: true,
  irq: false,
  preempt: false,
};

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
