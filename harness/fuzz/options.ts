import type { Scope } from "../scope.ts";
import type { RecordedCalls } from "./recorded-calls.ts";

/** How runs are made; docs of each with its source (pct-source.ts, …). `mixed` takes the others but `target` by turns. */
export const STRATEGIES = ["uniform", "pct", "swarm", "corner", "trace", "target", "mixed"] as const;

export type Strategy = (typeof STRATEGIES)[number];

/** How much to do and where. `runs` and `steps` are counts: runs, and (actor, preference) pairs in each. */
export interface FuzzOptions {
  readonly runs: number;
  readonly steps: number;
  /** 32 bits. */
  readonly seed: number;
  /** A path that an earlier campaign printed: that one run only. */
  readonly path?: string;
  /** A world of one's own, its calls not being a limit; random worlds without it, and with some strategies the design's own. */
  readonly scope?: Scope;
  readonly strategy?: Strategy;
  /** Of `pct`: ordering constraints of the bugs that a window finds with a known probability. */
  readonly depth?: number;
  /** Of `trace`, and of `mixed`, which does without where there are none: what runs are cut from. */
  readonly recorded?: RecordedCalls;
  readonly onProgress?: (done: FuzzProgress) => void;
  readonly shouldStop?: () => boolean;
  /** Digest the states that runs come to, for a second campaign to be held against. */
  readonly digests?: boolean;
}

export interface FuzzProgress {
  readonly runs: number;
  readonly steps: number;
  readonly violated: readonly string[];
}

export const DEPTH_DEFAULT = 3;

/** Pairs from which on a run is not written down unless it has found something. */
export const LONG_RUN_PAIRS = 100_000;
