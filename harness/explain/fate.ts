import { ACTION, actionCpu, actionKind, isProgress, type NamedAction } from "../../model/action.ts";
import { assert } from "../../model/failure.ts";
import type { Machine } from "../../model/machine.ts";
import { Judge } from "../judge.ts";
import { nameAction } from "../name-action.ts";
import { RemainingCalls } from "./remaining-calls.ts";
import { handedOut } from "./run-events.ts";

/** From when on nothing could be done; `instead` names the actions of a schedule that still avoids the violation before. */
export interface FateFound {
  readonly decided: boolean;
  /** Actions of the run after which every schedule violates the claim. */
  readonly after: number;
  readonly instead: readonly NamedAction[];
  readonly states: number;
}

/**
 * Walks back from the end of a run and finds the first moment after which every schedule of the same remaining calls that comes
 * to rest violates the claim.
 *
 * - **Cost**: states that were seen to be doomed stay so, so that all prefixes together cost one search, of `maxStates` states at
 *   most; one more leaves it undecided.
 */
export function findFate(machine: Machine, actions: readonly number[], claim: string, bound: FateBound): FateFound {
  const search = new FateSearch(machine, actions, claim, bound);
  let after = actions.length;
  for (; after > 0; after--) {
    const answer = search.avoidable(after - 1);
    if (answer === "unknown") return { decided: false, after, instead: [], states: search.states };
    if (answer !== "doomed") return { decided: true, after, instead: answer, states: search.states };
  }
  return { decided: true, after: 0, instead: [], states: search.states };
}

export interface FateBound {
  readonly maxStates: number;
  readonly shouldStop: () => boolean;
}

/** A state on the way down: what can be done from it, and what has been tried. */
interface Node {
  readonly words: Uint32Array;
  readonly calls: readonly number[];
  readonly moves: readonly Move[];
  at: number;
  moved: boolean;
}

interface Move {
  readonly action: number;
  /** The queue of calls that it takes the next one of, or -1. */
  readonly queue: number;
}

/** Memory for the states of the run, and for those seen. Units: bytes. */
const MOST_BYTES = 2 ** 28;

class FateSearch {
  states = 0;
  private readonly judge: Judge;
  private readonly bit: number;
  private readonly atRest: boolean;
  private readonly seen = new Set<string>();
  private readonly remaining: RemainingCalls;
  private readonly most: number;
  /** State and calls made before each action of the run; of as many of the last as memory holds. */
  private readonly prefixes: ({ readonly words: Uint32Array; readonly calls: readonly number[] } | undefined)[] = [];

  constructor(
    private readonly machine: Machine,
    private readonly actions: readonly number[],
    claim: string,
    private readonly bound: FateBound,
  ) {
    this.judge = new Judge(machine, "search", ({ id, terminal }) => id === claim || terminal === true);
    this.bit = this.judge.claims.findIndex(({ id }) => id === claim);
    const kind = this.judge.claims[this.bit]?.kind;
    this.atRest = kind === "liveness" || kind === "deadlock";
    this.remaining = new RemainingCalls(machine, actions);
    let calls = this.remaining.start();
    const fitting = Math.floor(MOST_BYTES / (4 * machine.state.words.length));
    this.most = Math.min(bound.maxStates, fitting);
    for (const [at, action] of actions.entries()) {
      const kept = actions.length - at <= fitting;
      this.prefixes.push(kept ? { words: machine.state.words.slice(), calls } : undefined);
      machine.clearStep();
      assert(machine.perform(action), "an action of a recorded run can be done again");
      calls = this.remaining.after(calls, action, this.remaining.queueOf(action), handedOut(machine));
    }
  }

  /** A schedule from the state before action `prefix` on that comes to rest, all calls made, without violating the claim. */
  avoidable(prefix: number): readonly NamedAction[] | "doomed" | "unknown" {
    const from = this.prefixes[prefix];
    if (from === undefined) return "unknown";
    const first = this.actions[prefix] ?? 0;
    const path: Node[] = [];
    const enter = (words: Uint32Array, calls: readonly number[], last: number): boolean => {
      const key = keyOf(words, calls);
      if (this.seen.has(key)) return false;
      this.seen.add(key);
      this.states++;
      path.push({ words, calls, moves: this.movesFrom(words, calls, last), at: 0, moved: false });
      return true;
    };
    if (!enter(from.words, from.calls, -1 - actionCpu(first))) return "doomed";
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      if (this.states > this.most || this.bound.shouldStop()) return "unknown";
      const move = node.moves[node.at++];
      if (move === undefined) {
        if (!node.moved && this.restsWell(node)) return this.told(path);
        path.pop();
        continue;
      }
      const calls = this.take(node, move);
      if (calls !== undefined) enter(this.machine.state.words.slice(), calls, actionCpu(move.action));
    }
    return "doomed";
  }

  /** Does a move; answers the calls made then, or nothing where it is blocked or the run ends there. */
  private take(node: Node, { action, queue }: Move): readonly number[] | undefined {
    const { machine, judge } = this;
    machine.state.words.set(node.words);
    machine.clearStep();
    judge.load();
    if (!machine.perform(action)) return undefined;
    node.moved ||= isProgress(action) || queue >= 0;
    const violated = judge.afterStep();
    if (((violated >>> this.bit) & 1) === 1 || (violated & judge.terminalMask) !== 0) return undefined;
    return this.remaining.after(node.calls, action, queue, handedOut(machine));
  }

  /** Whoever acted goes on first, so that what is found is short in events; at the beginning, whoever the run did not let act. */
  private movesFrom(words: Uint32Array, calls: readonly number[], last: number): Move[] {
    const { machine } = this;
    machine.state.words.set(words);
    const moves: Move[] = this.remaining.possible(calls);
    machine.enumerate((action) => {
      if (!DEMANDS.has(actionKind(action))) moves.push({ action, queue: -1 });
    });
    const favoured = ({ action }: Move): boolean =>
      last < 0 ? actionCpu(action) !== -1 - last : actionCpu(action) === last && isProgress(action);
    return [...moves.filter(favoured), ...moves.filter((move) => !favoured(move))];
  }

  private restsWell(node: Node): boolean {
    const { machine, judge } = this;
    if (!this.remaining.areMade(node.calls)) return false;
    machine.state.words.set(node.words);
    machine.clearStep();
    return !this.atRest || ((judge.atStandstill() >>> this.bit) & 1) === 0;
  }

  private told(path: readonly Node[]): NamedAction[] {
    return path.slice(0, -1).map((node) => {
      this.machine.state.words.set(node.words);
      return nameAction(this.machine, node.moves[node.at - 1]?.action ?? 0);
    });
  }
}

/** Demand is limited to the run's own calls. */
const DEMANDS: ReadonlySet<number> = new Set([
  ACTION.alloc,
  ACTION.free,
  ACTION.drain,
  ACTION.call,
  ACTION.irqAlloc,
  ACTION.irqFree,
  ACTION.interrupt,
]);

/** The whole state as a text, two characters a word, in pieces that fit into the arguments of a call. */
function keyOf(words: Uint32Array, calls: readonly number[]): string {
  const halves = new Uint16Array(words.buffer, words.byteOffset, words.length * 2);
  const pieces = [calls.join()];
  for (let at = 0; at < halves.length; at += PIECE)
    pieces.push(String.fromCharCode(...halves.subarray(at, at + PIECE)));
  return pieces.join("");
}

const PIECE = 4096;
