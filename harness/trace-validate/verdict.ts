import type { BuddyEvent } from "./buddy-event.ts";
import type { Shadow } from "./shadow.ts";

/** Why an event cannot have happened in any state that agrees with what was recorded before it. */
export type IllegalReason =
  | "bad-place"
  | "not-free"
  | "not-lowest-piece"
  | "wrong-list"
  | "smaller-block-free"
  | "already-free"
  | "still-allocated"
  | "wrong-type"
  | "fallback-needless"
  | "fallback-order"
  | "fallback-type"
  | "fallback-ownership"
  | "fallback-missing"
  | "isolated-too-much"
  | "free-page-in-use";

/** What each reason says, in one sentence. */
export const REASONS: Readonly<Record<IllegalReason, string>> = {
  "bad-place": "the block lies in no zone, crosses a zone's border, or is not aligned to its size",
  "not-free": "pages of the block are not free, and nothing recorded would let them be",
  "not-lowest-piece": "a larger free block holds it, but expand() hands out the lowest piece",
  "wrong-list": "the free block is not on that type's list",
  "smaller-block-free": "__rmqueue_smallest() had a smaller sufficient block on that list",
  "already-free": "pages of the block are free already",
  "still-allocated": "the block was allocated and has not been freed since",
  "wrong-type": "the type is not that of the pageblock, nor of the list that the block came from",
  "fallback-needless": "the asking type's own lists still held a sufficient block",
  "fallback-order": "__rmqueue_fallback() would have found a block of another order",
  "fallback-type": "that list is not, or not first, in the fallback order of the asking type",
  "fallback-ownership": "change_ownership is not what the steal rules lead to",
  "fallback-missing": "a fallback was announced and no block of it was taken next",
  "isolated-too-much": "compaction took more pages than can have been free in that range",
  "free-page-in-use": "a page that is free, and had no licence to leave, is named as in use",
};

/**
 * How a kind of event is judged. `object` answers what is wrong with it, narrowing labels and assuming licensed unnamed
 * movements on the way; `apply` then does what the event says, legal or not.
 */
export interface Rule {
  readonly object: (shadow: Shadow, event: BuddyEvent) => Objection | undefined;
  readonly apply: (shadow: Shadow, event: BuddyEvent) => void;
}

/** What is wrong with an event; `where`: the page that shows it. */
export interface Objection {
  readonly reason: IllegalReason;
  readonly where: number;
  /** A block that would have been legal instead. */
  readonly instead: string;
}
