import { CHARTS, MISSING_EDGES } from "./charts.ts";
import { type LocalMove, type LocalView, localView } from "./local-moves.ts";
import type { ChartName, TransitionPolicy } from "./missing-edge.ts";
import { locator } from "./product.ts";
import { specification } from "./specification.ts";
import { HAND_OUTS, OWNER_WRITES } from "./vectors.ts";

/** The order in which the tables below number the states of each chart. */
export const PAGE_STATES: readonly string[] = CHARTS.page.states;
export const CONTENT_STATES: readonly string[] = CHARTS.content.states;
export const TRANSLATION_STATES: readonly string[] = CHARTS.translation.states;

/**
 * May one step of an implementation take a page from one abstract state to another?
 *
 * A step is matched by at most one vector that moves the page and at most one that moves its content, the two being
 * independent (either order is possible and ends the same); then by `flushed`, if the step discharged the page; then by at
 * most one hand-out, with which the new owner's first write may come: the ledger records both when a call returns.
 * Nothing here is listed by hand: moves and states are those of the reachable product.
 *
 * The abstraction calls a page pending only while it is not discharged, so that arriving in `free-unmapped` says that it
 * is. A page that was pending and is handed out in the same step shows no such sign: the caller says in `discharged`
 * whether no CPU can use a translation to it *after* the step.
 *
 * - **Shapes, units**: indices into `PAGE_STATES` and `CONTENT_STATES`.
 */
export function pageStepAllowed(
  before: number,
  tagBefore: number,
  after: number,
  tagAfter: number,
  discharged = false,
): boolean {
  const table = discharged ? pageRefinementDischarged : pageRefinement;
  return table[pair(before, tagBefore) * PAIRS + pair(after, tagAfter)] === 1;
}

/** Says which vectors match a page's step, or why none do. */
export function explainPageStep(
  before: number,
  tagBefore: number,
  after: number,
  tagAfter: number,
  discharged = false,
): string {
  const step = `page ${PAGE_STATES[before]} → ${PAGE_STATES[after]}`;
  const tags = `content ${CONTENT_STATES[tagBefore]} → ${CONTENT_STATES[tagAfter]}`;
  const to = pair(after, tagAfter);
  const route = routesFrom(pair(before, tagBefore), discharged).get(to);
  if (route !== undefined) return `${step}, ${tags}: ${route.length === 0 ? "nothing moves" : route.join(", then ")}`;
  const missing = MISSING_EDGES.find(
    ({ chart, from, to }) => chart === "page" && from === PAGE_STATES[before] && to === PAGE_STATES[after],
  );
  if (missing !== undefined && before !== after) {
    return `${step}: no vector; ${missing.event} is missing on purpose (${missing.guards}): ${missing.because}`;
  }
  if (routesFrom(pair(before, tagBefore), true).has(to)) {
    return `${step}, ${tags}: only a step that leaves the page discharged`;
  }
  const harmless = CONTENT_STATES.filter((_, tag) => routesFrom(pair(before, tag), discharged).has(pair(after, tag)));
  if (harmless.length === 0) return `${step}: no vector`;
  if (tagBefore === tagAfter) return `${step}, ${tags}: no vector; it needs content ${harmless.join(" or ")}`;
  return `${step}, ${tags}: no vector, nor two independent ones, change the content so`;
}

/** May one step take what a CPU may hold for a page from one abstract state to another? At most one vector moves it. */
export function translationStepAllowed(before: number, after: number): boolean {
  return translationRefinement[before * TRANSLATION_STATES.length + after] === 1;
}

/** Says which vectors match a translation's step, or that none does. */
export function explainTranslationStep(before: number, after: number): string {
  const step = `translation ${TRANSLATION_STATES[before]} → ${TRANSLATION_STATES[after]}`;
  if (before === after) return `${step}: nothing moves`;
  const rules = TRANSLATION_MOVES.filter((move) => move.before[0] === before && move.after[0] === after);
  return rules.length === 0
    ? `${step}: no vector`
    : `${step}: ${[...new Set(rules.map(({ rule }) => rule))].join(" or ")}`;
}

const TAGS = CONTENT_STATES.length;
const PAIRS = PAGE_STATES.length * TAGS;

const PAGE_VIEW = viewOf("flush", "page", "content");
const PAGE_PAIRS = new Set(PAGE_VIEW.states.map(([page, tag]) => pair(page, tag)));
const PAGE_MOVES: readonly PairMove[] = PAGE_VIEW.moves.map(({ rule, before, after }) => ({
  rule,
  from: pair(before[0], before[1]),
  to: pair(after[0], after[1]),
}));
const TRANSLATION_MOVES: readonly LocalMove[] = [
  ...viewOf("flush", "translation").moves,
  ...viewOf("generations", "translation").moves,
];

/**
 * `pageStepAllowed` as a table, for the step that leaves the page possibly not discharged.
 *
 * - **Shapes, units**: 1 or 0 at `(before * 3 + tagBefore) * 18 + (after * 3 + tagAfter)`.
 */
export const pageRefinement: Uint8Array = pageTable(false);

/** The same for a step after which no CPU can use a translation to the page. Contains `pageRefinement`. */
export const pageRefinementDischarged: Uint8Array = pageTable(true);

/** `translationStepAllowed` as a table: 1 or 0 at `before * 5 + after`. */
export const translationRefinement: Uint8Array = translationTable();

interface PairMove {
  readonly rule: string;
  readonly from: number;
  readonly to: number;
}

/** Names of rules, in an order in which they can happen. */
type Route = readonly string[];

/** A pair and how it was reached. */
type Arrival = readonly [number, Route];

function pageTable(discharged: boolean): Uint8Array {
  const table = new Uint8Array(PAIRS * PAIRS);
  for (let from = 0; from < PAIRS; from++) {
    for (const to of routesFrom(from, discharged).keys()) table[from * PAIRS + to] = 1;
  }
  return table;
}

function translationTable(): Uint8Array {
  const states = TRANSLATION_STATES.length;
  const table = new Uint8Array(states * states);
  for (let state = 0; state < states; state++) table[state * states + state] = 1;
  for (const { before, after } of TRANSLATION_MOVES) table[before[0] * states + after[0]] = 1;
  return table;
}

/** Every pair that a step may reach, each with the vectors that lead there, fewest first. */
function routesFrom(from: number, discharged: boolean): ReadonlyMap<number, Route> {
  const routes = new Map<number, Route>();
  const add = ([to, route]: Arrival) => {
    if ((routes.get(to)?.length ?? Number.POSITIVE_INFINITY) > route.length) routes.set(to, route);
  };
  for (const core of coreRoutes(from)) {
    add(core);
    for (const handedOut of handOutRoutes(from, core)) add(handedOut);
    for (const flushed of extended(core, ({ rule }) => rule === "flushed")) {
      add(flushed);
      if (discharged) for (const handedOut of handOutRoutes(from, flushed)) add(handedOut);
    }
  }
  return routes;
}

/** A hand-out, alone or with its new owner's first write, unless the step has changed the content already. */
function handOutRoutes(from: number, core: Arrival): readonly Arrival[] {
  const handedOut = extended(core, isHandOut);
  if (tagOf(core[0]) !== tagOf(from)) return handedOut;
  return [
    ...handedOut,
    ...handedOut.flatMap((arrival) => extended(arrival, ({ rule }) => OWNER_WRITES.includes(rule))),
  ];
}

function extended([at, route]: Arrival, wanted: (move: PairMove) => boolean): readonly Arrival[] {
  return movesFrom(at)
    .filter(wanted)
    .map((move) => [move.to, [...route, move.rule]]);
}

/** No move, one vector, or two independent ones of which one moves the page and the other its content. */
function coreRoutes(from: number): readonly Arrival[] {
  const single = movesFrom(from).filter((move) => !isHandOut(move) && move.rule !== "flushed");
  const pageMoves = single.filter((move) => tagOf(move.to) === tagOf(from));
  const tagMoves = single.filter((move) => pageOf(move.to) === pageOf(from));
  const both = pageMoves.flatMap((page) =>
    tagMoves
      .map((tag) => ({ tag, to: pair(pageOf(page.to), tagOf(tag.to)) }))
      .filter(({ tag, to }) => exists(page.rule, tag.to, to) && exists(tag.rule, page.to, to))
      .map(({ tag, to }) => [to, [page.rule, tag.rule]] as const),
  );
  return [[from, []], ...single.map((move) => [move.to, [move.rule]] as const), ...both];
}

function movesFrom(from: number): readonly PairMove[] {
  return PAGE_MOVES.filter((move) => move.from === from && PAGE_PAIRS.has(move.to));
}

function exists(rule: string, from: number, to: number): boolean {
  return PAGE_MOVES.some((move) => move.rule === rule && move.from === from && move.to === to);
}

function isHandOut({ rule }: PairMove): boolean {
  return HAND_OUTS.includes(rule);
}

function pair(page: number, tag: number): number {
  return page * TAGS + tag;
}

function pageOf(index: number): number {
  return Math.floor(index / TAGS);
}

function tagOf(index: number): number {
  return index % TAGS;
}

/** One CPU and one page show everything that a page, its content and one of its translations can do. */
function viewOf(policy: TransitionPolicy, ...charts: readonly ChartName[]): LocalView {
  const small = specification({ cpus: 1, pages: 1, policy });
  const locate = locator(small.scope, small.instances);
  return localView(
    small,
    charts.map((chart) => locate(chart, chart === "translation" ? [0, 0, 0] : [0])),
  );
}
