import { ACTION, actionCpu, encodeAction } from "../../model/action.ts";
import { assert } from "../../model/failure.ts";
import type { Machine } from "../../model/machine.ts";
import { resolveRecorded } from "../resolve-recorded.ts";
import { blocksInUse, levelOfCall, returnedCall } from "./returned-call.ts";
import { type BlockName, isCall, type ScriptedCall } from "./scripted-call.ts";

/** Of a block that a later call frees: 0 until its call returns; then this, if the call was refused or handed out fewer; */
const NONE = 1;
/** or its head's page frame, counted from here. */
const FIRST = 2;

/** A call as its CPU sees it: the places of the blocks that it must remember, and of the one that it frees. */
interface Line {
  readonly call: ScriptedCall;
  readonly keeps: readonly { readonly index: number; readonly place: number }[];
  readonly frees: number | undefined;
}

/**
 * How far each CPU has come in its list of calls, and which page frames the calls were given whose blocks others free.
 *
 * A free waits until the call that allocates its block has returned; the free of a block that was refused is left out.
 *
 * - **Shapes, units**: `words` is all of its state: for each CPU the calls begun, for each CPU and level the call that runs there
 *   (+ 1), for each block that is freed its page frame, if that is known.
 */
export class ScriptProgress {
  readonly words: Uint32Array;
  /** Most calls begun on each CPU, over everything that was seen. */
  readonly furthest: number[];
  private readonly lines: readonly (readonly Line[])[];
  private readonly levels: number;
  private readonly blocksAt: number;

  constructor(
    private readonly machine: Machine,
    calls: readonly ScriptedCall[],
  ) {
    const { cpus, stacks } = machine.world;
    this.levels = stacks.levels.length;
    this.blocksAt = cpus * (1 + this.levels);
    const blocks = new Map<string, BlockName>();
    for (const { block } of calls) if (block !== undefined) blocks.set(keyOf(block), block);
    const places = [...blocks.keys()];
    this.words = new Uint32Array(this.blocksAt + places.length);
    this.lines = Array.from({ length: cpus }, (_, cpu) =>
      calls.filter(({ action }) => action.cpu === cpu).map((call) => lineOf(call, places, blocks)),
    );
    this.furthest = this.lines.map(() => 0);
    const heads = blocksInUse(machine);
    [...blocks.values()].forEach(({ call, index }, place) => {
      if (call === undefined) this.words[this.blocksAt + place] = linkOf(heads[index]);
    });
    this.passOver();
    // What is left of a quota would let tasks begin what nobody asks for.
    this.lines.forEach((own, cpu) => {
      machine.grant(cpu, own.filter(({ call }) => call.action.kind !== "interrupt").length);
    });
  }

  /** The next call of a CPU, if it can begin now. */
  nextCall(cpu: number): number | undefined {
    const line = this.lines[cpu]?.[this.words[cpu] as number];
    if (line === undefined) return undefined;
    if (line.frees !== undefined) return this.freeing(line, line.frees);
    const action = resolveRecorded(this.machine, line.call.action);
    return typeof action === "number" ? action : undefined;
  }

  /** Takes in what was just performed: a call begins, or one that ran returns. */
  afterAction(action: number): void {
    const { words, machine } = this;
    const cpu = actionCpu(action);
    if (isCall(action)) {
      words[this.runningAt(cpu, levelOfCall(action))] = (words[cpu] as number) + 1;
      words[cpu] = (words[cpu] as number) + 1;
    }
    const returned = returnedCall(machine);
    if (returned !== undefined && returned.level < this.levels) this.settle(cpu, returned.level, returned.pfns);
    this.passOver();
  }

  /** Of the first CPU that never came to its end, the call that it never began. */
  neverBegun(): ScriptedCall | undefined {
    return this.lines.map((own, cpu) => own[this.furthest[cpu] as number]).find((line) => line !== undefined)?.call;
  }

  private settle(cpu: number, level: number, pfns: readonly number[]): void {
    const { words } = this;
    const at = this.runningAt(cpu, level);
    const line = this.lines[cpu]?.[(words[at] as number) - 1];
    words[at] = 0;
    for (const { index, place } of line?.keeps ?? []) words[this.blocksAt + place] = linkOf(pfns[index]);
  }

  private freeing({ call }: Line, place: number): number | undefined {
    const { k, world } = this.machine;
    const link = this.words[this.blocksAt + place] as number;
    if (link < FIRST) return undefined;
    const pfn = link - FIRST + (call.block?.offset ?? 0);
    if (pfn >= world.pages || k.ledger.order(pfn) < 0) return undefined;
    const wanted = encodeAction(ACTION[call.action.kind], call.action.cpu, pfn);
    let enabled = false;
    this.machine.enumerateCpu(call.action.cpu, (action) => {
      if (action === wanted) enabled = true;
    });
    return enabled ? wanted : undefined;
  }

  /** Leaves out frees of what was never given, so that equal situations are equal states. */
  private passOver(): void {
    const { words } = this;
    this.lines.forEach((own, cpu) => {
      for (let line = own[words[cpu] as number]; line?.frees !== undefined; line = own[words[cpu] as number]) {
        if (words[this.blocksAt + line.frees] !== NONE) break;
        words[cpu] = (words[cpu] as number) + 1;
      }
      this.furthest[cpu] = Math.max(this.furthest[cpu] as number, words[cpu] as number);
    });
  }

  private runningAt(cpu: number, level: number): number {
    assert(level < this.levels, "a call runs on a level that its world has");
    return this.machine.world.cpus + cpu * this.levels + level;
  }
}

function lineOf(call: ScriptedCall, places: readonly string[], blocks: ReadonlyMap<string, BlockName>): Line {
  const keeps = [...blocks.values()].flatMap((block, place) =>
    call.name !== undefined && block.call === call.name ? [{ index: block.index, place }] : [],
  );
  return { call, keeps, frees: call.block === undefined ? undefined : places.indexOf(keyOf(call.block)) };
}

/** Pieces of one block share its place. */
function keyOf({ call, index }: BlockName): string {
  return `${call ?? ""}/${index}`;
}

function linkOf(pfn: number | undefined): number {
  return pfn === undefined ? NONE : pfn + FIRST;
}
