import { deltaDebug } from "../../checker/delta-debug.ts";
import type { NamedAction } from "../../model/action.ts";
import { actorOf, startsEvent } from "../record.ts";
import type { Draft } from "./draft.ts";
import type { Workbench } from "./workbench.ts";

/** A piece of a run: actions and their places in it. */
interface Piece {
  readonly actions: NamedAction[];
  readonly places: number[];
}

/** Attempts that one pass over a run may take. */
const TESTS_MAX = 2_000;

/**
 * Leaves out of a run what it violates its claim without: whole calls with all their steps wherever they are, an interrupt and
 * what it does being one; then stretches of one actor; then single steps. What was left out may unblock more: again until
 * nothing goes.
 */
export function withFewerActions(bench: Workbench, draft: Draft): Draft {
  let best = draft;
  for (let before = Number.POSITIVE_INFINITY; best.actions.length < before; ) {
    before = best.actions.length;
    for (const cut of [callsOf, stretchesOf, singlesOf]) best = withoutPieces(bench, best, cut);
  }
  return best;
}

function withoutPieces(bench: Workbench, draft: Draft, cut: (actions: readonly NamedAction[]) => Piece[]): Draft {
  let best = draft;
  deltaDebug(
    cut(draft.actions),
    (pieces) => {
      const found = bench.tried(best.scope, joined(pieces));
      if (found === undefined || found.actions.length >= best.actions.length) return undefined;
      const left = cut(found.actions);
      if (left.length > pieces.length) return undefined;
      best = found;
      return left;
    },
    TESTS_MAX,
  );
  return best;
}

function joined(pieces: readonly Piece[]): NamedAction[] {
  return pieces
    .flatMap(({ actions, places }) => actions.map((action, at) => ({ action, place: places[at] as number })))
    .sort((a, b) => a.place - b.place)
    .map(({ action }) => action);
}

/** A call, worker or interrupt with all its steps, in the order in which they began. */
function callsOf(actions: readonly NamedAction[]): Piece[] {
  const pieces: Piece[] = [];
  const open = new Map<string, Piece>();
  actions.forEach((action, place) => {
    const actor = actorOf(action);
    const known = actor === undefined || startsEvent(action) ? undefined : open.get(actor);
    const piece = known ?? { actions: [], places: [] };
    if (known === undefined) pieces.push(piece);
    if (actor !== undefined) open.set(actor, piece);
    piece.actions.push(action);
    piece.places.push(place);
  });
  return pieces;
}

/** What one actor does without anybody else in between: a line of the timeline. */
export function stretchesOf(actions: readonly NamedAction[]): Piece[] {
  const pieces: Piece[] = [];
  let last: string | undefined;
  actions.forEach((action, place) => {
    const actor = actorOf(action);
    const piece = pieces.at(-1);
    if (piece === undefined || actor === undefined || actor !== last || startsEvent(action)) {
      pieces.push({ actions: [action], places: [place] });
    } else {
      piece.actions.push(action);
      piece.places.push(place);
    }
    last = actor;
  });
  return pieces;
}

function singlesOf(actions: readonly NamedAction[]): Piece[] {
  return actions.map((action, place) => ({ actions: [action], places: [place] }));
}
