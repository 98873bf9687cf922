import { parseScope } from "../harness/scope.ts";
import { STANDARD } from "../harness/worlds/standard.ts";
import { DESIGNS } from "../impl/designs/registry.ts";
import type { Design } from "../model/design.ts";

/** One exploration to be made: a design in a closed world. */
export interface ExplorationRow {
  readonly design: string;
  /** As `--scope` takes it. */
  readonly scope: string;
  /** Why the quota is not 3 calls for each of two CPUs, or what else the reader has to know. */
  readonly note?: string;
}

/** A world in which a design cannot be explored. */
interface NotApplicable {
  readonly design: string;
  readonly scope: string;
  readonly reason: string;
}

/**
 * Worlds of more than 10^7 states at calls=3+3 get a smaller quota, so that all rows can be explored again in minutes, and a
 * word on what multiplies them.
 */
const SMALLER: Readonly<Record<string, { readonly calls: string; readonly note: string }>> = {
  "async-free fragmented": {
    calls: "3+2",
    note: "more than 6,000,000 states by level 37 of some 73 at 3+3. What multiplies: every taken page can be the one that is freed, each waits in a queue of its own order, and the worker unmaps any part of it between the steps of both calls.",
  },
  "async-free irq": {
    calls: "3+2",
    note: "more than 16,000,000 states at 3+3. What multiplies: a call in an interrupt may begin between any two steps of the worker too, and what it frees joins the queue that the worker is on.",
  },
  "async-free contig": {
    calls: "2+2",
    note: "more than 16,000,000 states at 3+3, and more than 6,000,000 at 3+2. What multiplies: as in fragmented, and a block of four may be freed before, within or behind each batch.",
  },
};

/** Benches for parts that flip no blocks: every call of theirs flushes, and the third of each CPU makes 20 to 40 times the states. */
const PAGE_PROBES: readonly string[] = ["asi-probe", "asi-probe-generations", "batch-probe"];
const PAGE_PROBES_MAKE_TWO: readonly string[] = ["fragmented", "irq", "contig"];

/** Kernel areas, and stacks deep enough to purge them, exist in worlds with address spaces only. */
const NEEDS_SPACES = {
  design: "batch-probe-aliases",
  reason: "the kernel areas that it is about exist only where there are address spaces",
};

const NOTES: Readonly<Record<string, string>> = {
  "asi-probe irq": "a page freed in an interrupt is lost, as the probe says it leaves out; S17 finds it.",
  "asi-probe-generations irq": "the same.",
};

/** Every design that is not a canary, in every standard world that it can run in. */
export function standardRows(): readonly (ExplorationRow | NotApplicable)[] {
  return DESIGNS.filter(({ canary }) => !canary).flatMap((design) => STANDARD.map(({ name }) => rowOf(design, name)));
}

/** What is beyond the standard quota, for `npm run deep`: more calls, preemption, a third CPU. */
export const LARGER_ROWS: readonly ExplorationRow[] = [
  { design: "no-asi", scope: "tiny,calls=4+4" },
  { design: "no-asi", scope: "tiny,cpus=3,calls=2+2+2" },
  { design: "flip-probe", scope: "tiny,calls=4+4" },
  { design: "flip-probe", scope: "4k-leaf,calls=4+4" },
  { design: "flip-probe", scope: "tiny,cpus=3,calls=2+2+1" },
  { design: "async-free", scope: "tiny,calls=4+3" },
  { design: "async-free", scope: "tiny,calls=2+2,preempt=1" },
  { design: "async-free", scope: "tiny,cpus=3,calls=2+1+1" },
];

export function isExplored(row: ExplorationRow | NotApplicable): row is ExplorationRow {
  return !("reason" in row);
}

function rowOf(design: Design, name: string): ExplorationRow | NotApplicable {
  const smaller = SMALLER[`${design.id} ${name}`];
  const calls =
    smaller?.calls ?? (PAGE_PROBES.includes(design.id) && PAGE_PROBES_MAKE_TWO.includes(name) ? "2+2" : "3+3");
  const world = parseScope(name);
  const cpus = world.cpus === 2 ? "" : ",cpus=2";
  const scope = cpus === "" && world.calls.join("+") === calls ? name : `${name}${cpus},calls=${calls}`;
  if (world.spaces !== undefined && design.asi === undefined)
    return { design: design.id, scope, reason: "it has no code for address spaces" };
  if (world.spaces === undefined && design.id === NEEDS_SPACES.design) return { ...NEEDS_SPACES, scope };
  const note = smaller?.note ?? NOTES[`${design.id} ${name}`];
  return { design: design.id, scope, ...(note === undefined ? {} : { note }) };
}
