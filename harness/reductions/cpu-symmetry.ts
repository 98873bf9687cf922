import type { Placement } from "../../model/layout.ts";
import type { Machine } from "../../model/machine.ts";
import { rowsOf } from "../../model/sorts.ts";
import { cpuPermutations, movesBlocks, printPermutation, withBlocks } from "./cpu-permutation.ts";
import type { Refusal } from "./index-maps.ts";
import { StatePermuter } from "./state-permuter.ts";

/**
 * The renamings of CPUs, and of blocks of the largest order where those are asked for, that leave a scenario's initial state as it is, and the canonical one of all states that they turn into
 * each other.
 *
 * - **Cost**: most states have CPUs that are told apart by what they run; then one renaming is applied, or none.
 */
export class CpuSymmetry {
  private readonly keys: CpuKeys;
  private readonly ranks: Int32Array;
  private readonly from: Scratch;
  private readonly to: Scratch;

  private constructor(
    /** All but the identity. */
    readonly permuters: readonly StatePermuter[],
    machine: Machine,
    /** Of a state, with what is carried beside it. */
    words: number,
  ) {
    this.keys = new CpuKeys(machine);
    this.ranks = new Int32Array(machine.world.cpus);
    this.from = scratch(words);
    this.to = scratch(words);
  }

  /**
   * The machine is at the beginning of its scenario; `extraWords` are carried beside each of its states. `blocksToo`: with the
   * orders of the largest blocks.
   */
  static of(machine: Machine, extraWords = 0, blocksToo = false): CpuSymmetry | Refusal {
    const ofCpus = cpuPermutations(machine.world);
    const renamings = (blocksToo ? withBlocks(ofCpus, machine.world) : ofCpus).slice(1);
    if (renamings.length === 0)
      return { refused: `${machine.world.cpus} CPUs share ${machine.world.mms} mms unevenly` };
    const { words } = machine.state;
    const renamed = new Uint32Array(words.length);
    const permuters: StatePermuter[] = [];
    let differs = "";
    for (const renaming of renamings) {
      const permuter = StatePermuter.of(machine, renaming);
      if (!(permuter instanceof StatePermuter)) return permuter;
      permuter.apply(words, renamed);
      const column = firstDifference(machine, renamed);
      if (column === undefined) permuters.push(permuter);
      else differs ||= `${column} under ${printPermutation(renaming)}`;
    }
    if (permuters.length === 0)
      return {
        refused: `no two ${blocksToo ? "CPUs or largest blocks" : "CPUs"} begin alike: ${differs} is another initial state`,
      };
    return new CpuSymmetry(permuters, machine, words.length + extraWords);
  }

  /** Some renaming moves CPUs. */
  get hasCpus(): boolean {
    return this.permuters.some(({ permutation: { cpus } }) => cpus.some((to, from) => to !== from));
  }

  /** Some renaming moves blocks of the largest order. */
  get hasBlocks(): boolean {
    return this.permuters.some(({ permutation }) => movesBlocks(permutation));
  }

  /**
   * Replaces a state by the canonical one of those that renaming turns it into: the smallest word by word, of those that put
   * CPUs in the order of what they run.
   */
  canonicalise(state: Uint32Array): void {
    const { permuters, keys, ranks, from, to } = this;
    const words = state.length;
    from.words.set(state);
    keys.rank(from.bytes, ranks);
    let least = sequence(ranks, undefined);
    for (const permuter of permuters) {
      const order = sequence(ranks, permuter.permutation.cpus);
      if (order > least) continue;
      to.words.set(from.words);
      permuter.move(from.bytes, to.bytes);
      if (order === least && !isLess(to.words, state, words)) continue;
      for (let i = 0; i < words; i++) state[i] = to.words[i] as number;
      least = order;
    }
  }
}

interface Scratch {
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
}

function scratch(words: number): Scratch {
  const buffer = new Uint32Array(words);
  return { words: buffer, bytes: new Uint8Array(buffer.buffer) };
}

/** The ranks in the order that the CPUs have after a renaming, as one number. */
function sequence(ranks: Int32Array, to: readonly number[] | undefined): number {
  let number = 0;
  for (let cpu = 0; cpu < ranks.length; cpu++)
    number += (ranks[cpu] as number) << (2 * (ranks.length - 1 - (to?.[cpu] ?? cpu)));
  return number;
}

/** What a CPU runs and may do yet: cells of its own whose values mean the same on every CPU. */
class CpuKeys {
  private readonly cells: readonly Int32Array[];

  constructor(machine: Machine) {
    const { world, state } = machine;
    const cells: number[][] = Array.from({ length: world.cpus }, () => []);
    for (const placement of state.layout.placements) {
      if (!isOwn(placement)) continue;
      const perCpu = rowsOf(placement.spec.per[0] ?? "cpu", world) / world.cpus;
      for (let row = 0; row < placement.rows; row++)
        for (let byte = 0; byte < placement.width; byte++)
          cells[Math.floor(row / perCpu)]?.push(placement.offset + row * placement.width + byte);
    }
    this.cells = cells.map((each) => Int32Array.from(each));
  }

  /** Dense ranks by key; CPUs of equal keys have equal ranks. */
  rank(bytes: Uint8Array, ranks: Int32Array): void {
    ranks.fill(0);
    for (let a = 0; a < ranks.length; a++)
      for (let b = 0; b < ranks.length; b++) if (this.isLess(bytes, b, a)) ranks[a] = (ranks[a] as number) + 1;
  }

  private isLess(bytes: Uint8Array, a: number, b: number): boolean {
    if (a === b) return false;
    const left = this.cells[a] as Int32Array;
    const right = this.cells[b] as Int32Array;
    for (let i = 0; i < left.length; i++) {
      const difference = (bytes[left[i] as number] as number) - (bytes[right[i] as number] as number);
      if (difference !== 0) return difference < 0;
    }
    return false;
  }
}

/** One row, or one group of rows, for each CPU, of a sort that no renaming changes. */
function isOwn({ spec: { per, sort } }: Placement): boolean {
  const [only] = per;
  const named = sort === "cpu" || sort === "cpuSet" || sort === "mm" || sort === "tag" || sort === "list";
  return per.length === 1 && !named && (only === "cpu" || only === "level" || only === "frame");
}

function isLess(a: Uint32Array, b: Uint32Array, words: number): boolean {
  for (let i = 0; i < words; i++) if (a[i] !== b[i]) return (a[i] as number) < (b[i] as number);
  return false;
}

/** Name of the first column in which the machine's state differs from the words. */
function firstDifference(machine: Machine, words: Uint32Array): string | undefined {
  const { state } = machine;
  const other = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  const mine = new Uint8Array(state.words.buffer, state.words.byteOffset, state.words.byteLength);
  return state.layout.placements.find(({ offset, rows, width }) => {
    for (let at = offset; at < offset + rows * width; at++) if (mine[at] !== other[at]) return true;
    return false;
  })?.name;
}
