import type { Placement } from "../../model/layout.ts";
import type { Machine } from "../../model/machine.ts";
import type { CpuPermutation } from "./cpu-permutation.ts";
import { IndexMaps, type Refusal, rowsMoved } from "./index-maps.ts";

/** A cell whose value changes when CPUs are renamed. Units: cells of the column's width. */
interface ValuedCell {
  readonly from: number;
  readonly to: number;
  readonly width: 1 | 2 | 4;
  readonly values: readonly number[];
}

/** A local variable that holds a CPU, a set of them, an mm, a tag or a list. */
interface ValuedLocal {
  readonly local: number;
  readonly values: readonly number[];
}

/**
 * Renames the CPUs of a state: rows move, values change, frames take their locals with them.
 *
 * Compiled once for a layout and a renaming. Where locals stand for depends on the program whose frame it is, so that part
 * reads the program counters of the state itself.
 *
 * - **Cost**: one copy, then the cells that move.
 */
export class StatePermuter {
  private constructor(
    readonly permutation: CpuPermutation,
    /** Byte moves of cells whose value stays: from, to, length, over and over. */
    private readonly moves: Int32Array,
    private readonly valued: readonly ValuedCell[],
    private readonly frames: FrameLocals,
    /** Size of a state. */
    private readonly bytes: number,
  ) {}

  static of(machine: Machine, permutation: CpuPermutation): StatePermuter | Refusal {
    const maps = IndexMaps.of(machine, permutation);
    if (!(maps instanceof IndexMaps)) return maps;
    const moves: number[] = [];
    const valued: ValuedCell[] = [];
    for (const placement of machine.state.layout.placements) {
      const rows = rowsMoved(maps, placement.spec.per, machine.world);
      const { sort, link = false } = placement.spec;
      const values = maps.values(sort, link, placement.max);
      if (values !== undefined && "refused" in values) return { refused: `${placement.name}: ${values.refused}` };
      if (values !== undefined) valued.push(...valuedCells(placement, rows, values));
      else if (rows !== undefined) moves.push(...byteMoves(placement, rows));
    }
    const frames = FrameLocals.of(machine, maps);
    if (!(frames instanceof FrameLocals)) return frames;
    return new StatePermuter(permutation, Int32Array.from(moves), valued, frames, machine.state.layout.bytes);
  }

  /**
   * Writes the renamed state.
   *
   * - **Shapes, units**: both hold the state's words; a word beyond them, if there is one, names a CPU (+ 1) in its low byte.
   */
  apply(state: Uint32Array, out: Uint32Array): void {
    out.set(state);
    const from8 = new Uint8Array(state.buffer, state.byteOffset, state.byteLength);
    this.move(from8, new Uint8Array(out.buffer, out.byteOffset, out.byteLength));
  }

  /** The same on bytes, where the target is a copy of the source already. */
  move(from8: Uint8Array, to8: Uint8Array): void {
    const { moves, bytes } = this;
    for (let i = 0; i < moves.length; i += 3) {
      const from = moves[i] as number;
      const to = moves[i + 1] as number;
      const length = moves[i + 2] as number;
      for (let at = 0; at < length; at++) to8[to + at] = from8[from + at] as number;
    }
    for (const cell of this.valued)
      write(to8, cell.to, cell.width, cell.values[read(from8, cell.from, cell.width)] ?? 0);
    this.frames.apply(from8, to8);
    if (from8.length === bytes) return;
    const cpu = from8[bytes] as number;
    to8[bytes] = cpu === 0 ? 0 : (this.permutation.cpus[cpu - 1] as number) + 1;
  }
}

/** The locals of every frame, by the program that the frame belongs to. */
class FrameLocals {
  private constructor(
    private readonly pc: Placement,
    private readonly local: Placement,
    private readonly rows: readonly number[],
    private readonly perFrame: number,
    /** By program counter. */
    private readonly valued: readonly (readonly ValuedLocal[])[],
  ) {}

  static of(machine: Machine, maps: IndexMaps): FrameLocals | Refusal {
    const { world, state, k } = machine;
    const pc = state.layout.placements.find(({ spec }) => spec.sort === "program" && spec.per.join() === "frame");
    const local = state.layout.placements.find(({ spec }) => spec.per.join() === "frame,local");
    if (pc === undefined || local === undefined) return { refused: "frames have no program counters" };
    const valued: ValuedLocal[][] = [[]];
    for (let step = 0; step < k.table.stepCount; step++) {
      const here: ValuedLocal[] = [];
      for (const [index, { name, sort, link = false }] of k.table.programOf(step).locals.entries()) {
        const values = maps.values(sort, link, Math.min(local.max, maps.largestLocal(sort, link)));
        if (values !== undefined && "refused" in values)
          return { refused: `local ${name} of ${k.table.programOf(step).name}: ${values.refused}` };
        if (values !== undefined) here.push({ local: index, values });
      }
      valued.push(here);
    }
    const rows = maps.rows("frame") ?? [];
    return new FrameLocals(pc, local, rows, world.stacks.localsPerFrame, valued);
  }

  apply(from8: Uint8Array, to8: Uint8Array): void {
    const { pc, local, rows, perFrame } = this;
    for (let row = 0; row < rows.length; row++) {
      const at = read(from8, pc.offset + row * pc.width, pc.width);
      if (at === 0) continue;
      for (const { local: index, values } of this.valued[at] as readonly ValuedLocal[]) {
        const value = read(from8, local.offset + (row * perFrame + index) * local.width, local.width);
        const to = (rows[row] as number) * perFrame + index;
        write(to8, local.offset + to * local.width, local.width, values[value] ?? value);
      }
    }
  }
}

function valuedCells(
  { offset, width, rows: count }: Placement,
  rows: readonly number[] | undefined,
  values: readonly number[],
): ValuedCell[] {
  return Array.from({ length: count }, (_, row) => ({
    from: offset + row * width,
    to: offset + (rows?.[row] ?? row) * width,
    width,
    values,
  }));
}

/** Runs of rows that move together, as one move each. */
function byteMoves({ offset, width }: Placement, rows: readonly number[]): number[] {
  const moves: number[] = [];
  for (let row = 0; row < rows.length; ) {
    const to = rows[row] as number;
    let length = 1;
    while (row + length < rows.length && rows[row + length] === to + length) length++;
    if (to !== row) moves.push(offset + row * width, offset + to * width, length * width);
    row += length;
  }
  return moves;
}

/** Little-endian, as every machine that runs this is. */
function read(bytes: Uint8Array, at: number, width: number): number {
  const low = bytes[at] as number;
  if (width === 1) return low;
  const two = low | ((bytes[at + 1] as number) << 8);
  if (width === 2) return two;
  return (two | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
}

function write(bytes: Uint8Array, at: number, width: number, value: number): void {
  bytes[at] = value & 0xff;
  if (width === 1) return;
  bytes[at + 1] = (value >>> 8) & 0xff;
  if (width === 2) return;
  bytes[at + 2] = (value >>> 16) & 0xff;
  bytes[at + 3] = value >>> 24;
}
