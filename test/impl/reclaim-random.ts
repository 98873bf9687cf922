import { ACTION, actionKind } from "../../model/action.ts";
import { LEVEL_TASK } from "../../model/kernel.ts";
import { USE_ANON, USE_FILE, USE_KERNEL, USE_MOVABLE } from "../../model/ledger.ts";
import { ASK, type Ask, ReclaimWorld, type WorldOptions } from "./reclaim-world.ts";

const ASKS = Object.keys(ASK).filter((name) => name !== "NOFAIL") as Ask[];

/** A reproducible stream of numbers below a bound. */
function stream(seed: number): (below: number) => number {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/**
 * Random calls on every CPU, interleaved at every micro-step with each other and with the kernel threads: pages are allocated,
 * put on the LRU, read, written, pinned and freed until memory is short, and then further.
 */
export function randomRun(options: WorldOptions, seed: number, steps: number): ReclaimWorld {
  const world = new ReclaimWorld(options);
  const { machine, k } = world;
  const random = stream(seed);
  for (let step = 0; step < steps && world.violations.length === 0; step++) {
    const cpu = random(machine.world.cpus);
    if (k.running(cpu) === 0 && k.depth(cpu, LEVEL_TASK) === 0 && random(3) > 0) demand(world, cpu, random);
    const actions: number[] = [];
    machine.enumerate((action) => {
      const kind = actionKind(action);
      if (kind === ACTION.step || kind === ACTION.ipi || kind === ACTION.worker) actions.push(action);
    });
    if (actions.length === 0) continue;
    world.perform(actions[random(actions.length)] as number);
  }
  return world;
}

/** More than half of memory is page cache and anonymous pages, as on any machine; frees keep the rest in bounds. */
function demand(world: ReclaimWorld, cpu: number, random: (below: number) => number): void {
  const head = ownedFrom(world, random(world.machine.world.pages));
  const what = random(24);
  if (what < 9 || head < 0)
    world.start(random(2) === 0 ? anyOf(USER, random) : anyOf(ASKS, random), random(3) === 0 ? random(5) : 0, cpu);
  else if (what < 14) freeOrAdopt(world, head, cpu, random);
  else if (what < 18) adopt(world, head, cpu, random);
  else if (what === 18) world.k.ledger.setPinned(head, random(3) === 0);
  else start(world, CALLS[what - 19] as string, head, cpu);
}

const USER: readonly Ask[] = ["MOVABLE", "USER_SECRET"];
const CALLS = ["folio_mark_accessed", "folio_mark_dirty", "swap_free", "swap_free", "compact_memory"];

/** Kernel memory is freed sooner or later; user memory seldom: that is what reclaim is for. */
function freeOrAdopt(world: ReclaimWorld, head: number, cpu: number, random: (below: number) => number): void {
  if (world.k.ledger.use(head) === USE_KERNEL || random(4) === 0) world.machine.startFree(cpu, LEVEL_TASK, head);
  else start(world, "folio_add_lru", head, cpu);
}

function adopt(world: ReclaimWorld, head: number, cpu: number, random: (below: number) => number): void {
  const { ledger } = world.k;
  if (ledger.use(head) === USE_KERNEL)
    ledger.setUse(head, [USE_FILE, USE_ANON, USE_FILE, USE_MOVABLE][random(4)] as number);
  start(world, "folio_add_lru", head, cpu);
}

function anyOf<T>(from: readonly T[], random: (below: number) => number): T {
  return from[random(from.length)] as T;
}

function start(world: ReclaimWorld, name: string, head: number, cpu: number): void {
  const program = world.machine.software.calls[name];
  if (program !== undefined) world.k.start(cpu, LEVEL_TASK, program, 0, 0, 0, head + 1);
}

function ownedFrom(world: ReclaimWorld, pfn: number): number {
  for (let at = pfn; at < world.machine.world.pages; at++) if (world.k.ledger.order(at) >= 0) return at;
  return -1;
}
