import type { Machine } from "../../model/machine.ts";
import type { StateDigests } from "../state-digests.ts";
import type { Watch } from "./run-source.ts";

/** Words of a state up to which each is digested; of a larger machine, one in so many. */
const SMALL_WORDS = 1_024;
const LARGE_EVERY = 64;

/** Digests the states that a run comes to, and tells another watch what it is told. */
export class DigestWatch implements Watch {
  private steps = 0;

  constructor(
    private readonly machine: Machine,
    private readonly digests: StateDigests,
    private readonly other: Watch | undefined,
  ) {}

  action(action: number): void {
    this.steps++;
    const { words } = this.machine.state;
    if (words.length <= SMALL_WORDS || this.steps % LARGE_EVERY === 0) this.digests.note(words);
    this.other?.action?.(action);
  }

  pair(pair: number): void {
    this.other?.pair?.(pair);
  }

  /** The run is over. */
  end(run: number): void {
    this.digests.note(this.machine.state.words);
    this.digests.close(`run ${run + 1}`);
  }
}
