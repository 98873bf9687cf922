import type { Witness } from "../../model/claim.ts";
import type { Change } from "../../model/diff.ts";
import { printRow } from "../../model/diff.ts";
import type { Machine } from "../../model/machine.ts";
import { printValue, rowsOf } from "../../model/sorts.ts";
import { type Cell, cellKey } from "./access-log.ts";
import type { CausalSlice, SliceLink } from "./explanation.ts";

/** One step of the run, with what it read and what it changed. */
export interface TracedStep {
  readonly cpu: number;
  readonly text: string;
  readonly reads: readonly Cell[];
  readonly changes: readonly Change[];
}

/**
 * Where each frame stands, who has the CPU, what is off or locked: every step reads some of it, and a slice that followed it would
 * be the whole run.
 */
const CONTROL: ReadonlySet<string> = new Set([
  "cpu.pc",
  "cpu.depth",
  "cpu.running",
  "cpu.irqsOff",
  "cpu.preemptOff",
  "cpu.spinning",
  "cpu.lockHolder",
  "work.quota",
]);

/** How lists are strung together and counted: where a page is, its `list.place` says. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  "list.first",
  "list.last",
  "list.next",
  "list.prev",
  "list.length",
  "list.placed",
  "list.order",
  "mm.buddy",
  "mm.nrFree",
]);

/** Said better by the program counter, or by nothing. */
const UNTOLD: ReadonlySet<string> = new Set(["cpu.depth", "cpu.running", "cpu.local", "work.quota"]);

/**
 * Walks back from what the violation read: the last step that changed each cell, what that step read, and so on.
 *
 * - **Shapes, units**: `seeds` are the cells that the claim read; where a claim judges what a step did rather than a state, what
 *   the last step read. The machine is at the end of the run.
 * - **Leaves out**: control flow, locks, and the links and counts of lists; a step that only decided where another went is no link.
 */
export function sliceBack(machine: Machine, steps: readonly TracedStep[], seeds: readonly Cell[]): Sliced {
  const walk = new Walk(steps);
  const told = seeds.filter((cell) => !UNTOLD.has(cell.column) && !isNoObstacle(machine, cell));
  const ends = told.map((cell) => {
    const at = walk.visit(cell, steps.length, 1);
    return { ...printCell(machine, cell), ...(at === undefined ? {} : { step: at + 1 }) };
  });
  walk.run();
  const links = [...walk.distance].sort(([a], [b]) => a - b);
  return {
    seeds: ends,
    links: links.map(([at, distance]) => {
      const { cpu = 0, text = "" } = steps[at] ?? {};
      const wrote = [...(walk.wrote.get(at)?.values() ?? [])].map((change) => named(machine, change));
      return { step: at + 1, cpu, text, wrote, distance };
    }),
    steps: steps.length,
  };
}

/** Columns whose reads say where a step goes, not what it does. */
export function isControl(column: string): boolean {
  return CONTROL.has(column);
}

/** Nothing is off, locked or sent: why something does not move lies elsewhere. */
function isNoObstacle({ state }: Machine, { column, row }: Cell): boolean {
  return (CONTROL.has(column) || column === "ipi.request") && state.column(column).get(row) === 0;
}

class Walk {
  readonly distance = new Map<number, number>();
  readonly wrote = new Map<number, Map<string, Change>>();
  private readonly queue: { readonly at: number; readonly far: number }[] = [];
  private readonly followed = new Set<number>();

  /** For each cell, the steps that changed it, in order. */
  private readonly changers = new Map<string, { readonly at: number; readonly change: Change }[]>();

  constructor(private readonly steps: readonly TracedStep[]) {
    steps.forEach(({ changes }, at) => {
      for (const change of changes) {
        const known = this.changers.get(cellKey(change));
        if (known === undefined) this.changers.set(cellKey(change), [{ at, change }]);
        else known.push({ at, change });
      }
    });
  }

  /** Finds who left a cell as it was before a step; what that one read is looked into later. */
  visit(cell: Cell, before: number, far: number): number | undefined {
    const found = this.lastChange(cell, before);
    if (found === undefined) return undefined;
    const { at, change } = found;
    this.wrote.set(at, (this.wrote.get(at) ?? new Map<string, Change>()).set(cellKey(cell), change));
    if (!this.distance.has(at)) this.distance.set(at, far);
    if (!CONTROL.has(cell.column)) this.queue.push({ at, far });
    return at;
  }

  /** Nearest first, since the queue is one. */
  run(): void {
    for (const { at, far } of this.queue) {
      if (this.followed.has(at)) continue;
      this.followed.add(at);
      for (const read of this.steps[at]?.reads ?? []) {
        if (!CONTROL.has(read.column) && !BOOKKEEPING.has(read.column)) this.visit(read, at, far + 1);
      }
    }
  }

  private lastChange(cell: Cell, before: number): { at: number; change: Change } | undefined {
    return this.changers.get(cellKey(cell))?.findLast(({ at }) => at < before);
  }
}

/** A slice whose links do not know their events yet. */
interface Sliced extends Omit<CausalSlice, "links"> {
  readonly links: readonly Omit<SliceLink, "event">[];
}

function printCell(machine: Machine, { column: name, row }: Cell): { cell: string; value: string } {
  const { state } = machine;
  const column = state.column(name);
  const { sort, link = false } = column.spec;
  const value = column.get(row);
  if (name === "cpu.pc") return { cell: `${name}${cpuOfFrame(machine, row)}`, value: placeOfStep(machine, value) };
  return { cell: `${name}${printRow(state, column, row)}`, value: printValue(sort, link, value) };
}

/** A program counter in words. */
function named(machine: Machine, change: Change): Change {
  if (change.column !== "cpu.pc") return change;
  const { before, after, row } = change;
  const words = { before: placeOfStep(machine, Number(before)), after: placeOfStep(machine, Number(after)) };
  return { ...change, ...words, where: cpuOfFrame(machine, row) };
}

function cpuOfFrame({ world: { stacks } }: Machine, frame: number): string {
  return `[cpu ${Math.floor(frame / stacks.framesPerCpu)}]`;
}

/** `program/step` of a program counter's value. */
function placeOfStep({ k: { table } }: Machine, value: number): string {
  return value === 0 ? "-" : `${table.programOf(value - 1).name}/${table.stepAt(value - 1).label}`;
}

/** Of the cells that a claim read, those that speak of the page and the CPU where it fails. */
export function aboutWitness({ state, world }: Machine, cells: readonly Cell[], witness: Witness): Cell[] {
  const about = new Map<string, number | undefined>([
    ["page", witness.pfn],
    ["cpu", witness.cpu],
  ]);
  return cells.filter(({ column, row }) => {
    let rest = row;
    for (const dimension of [...state.column(column).spec.per].reverse()) {
      const size = rowsOf(dimension, world);
      const wanted = about.get(dimension);
      if (wanted !== undefined && rest % size !== wanted) return false;
      rest = Math.floor(rest / size);
    }
    return true;
  });
}
