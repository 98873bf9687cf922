import type { NamedAction } from "../../model/action.ts";
import type { Machine } from "../../model/machine.ts";
import { resolveRecorded } from "../resolve-recorded.ts";
import { blocksInUse, levelOfCall, returnedCall } from "./returned-call.ts";
import { type BlockName, isCall, letter, type ScriptedCall } from "./scripted-call.ts";

/**
 * What a run asks of its machine: its calls in order, blocks by name. The same calls can be made of any design.
 *
 * - **Shapes, units**: the machine is at the beginning of the run's scenario, and is left at its end; what cannot be done is passed
 *   over.
 */
export function callsOfRun(machine: Machine, actions: readonly NamedAction[]): ScriptedCall[] {
  const calls: { action: NamedAction; block?: BlockName }[] = [];
  const blocks = new HandedOut(machine);
  const named = new Set<string>();
  for (const name of actions) {
    const action = resolveRecorded(machine, name);
    if (typeof action !== "number") continue;
    const isFree = name.kind === "free" || name.kind === "irqFree";
    const block = isFree ? blocks.nameOf(name.pfn ?? 0) : undefined;
    machine.clearStep();
    if (!machine.perform(action)) continue;
    if (isCall(action)) {
      if (block?.call !== undefined) named.add(block.call);
      const { pfn: _pfn, order: _order, ...rest } = name;
      calls.push(block === undefined ? { action: name } : { action: rest, block });
      blocks.begin(action, name.cpu, calls.length - 1);
    }
    blocks.note(name.cpu);
  }
  return calls.map((call, index) => (named.has(letter(index)) ? { ...call, name: letter(index) } : call));
}

/** Who was handed which block, along one run. */
class HandedOut {
  private readonly blocks: { readonly pfn: number; readonly pages: number; readonly name: BlockName }[];
  /** The call that runs on a CPU's level, by its place. */
  private readonly running = new Map<string, number>();

  constructor(private readonly machine: Machine) {
    this.blocks = blocksInUse(machine).map((pfn, index) => this.entry(pfn, { call: undefined, index, offset: 0 }));
  }

  /** The latest block that holds a page. */
  nameOf(pfn: number): BlockName | undefined {
    const found = this.blocks.findLast((block) => block.pfn <= pfn && pfn < block.pfn + block.pages);
    return found === undefined ? undefined : { ...found.name, offset: pfn - found.pfn };
  }

  begin(action: number, cpu: number, place: number): void {
    this.running.set(`${cpu} ${levelOfCall(action)}`, place);
  }

  /** Looks at the step that a CPU has just taken. */
  note(cpu: number): void {
    const returned = returnedCall(this.machine);
    if (returned === undefined) return;
    const place = this.running.get(`${cpu} ${returned.level}`);
    if (place === undefined) return;
    returned.pfns.forEach((pfn, index) => {
      this.blocks.push(this.entry(pfn, { call: letter(place), index, offset: 0 }));
    });
  }

  private entry(pfn: number, name: BlockName): { pfn: number; pages: number; name: BlockName } {
    return { pfn, pages: 1 << Math.max(0, this.machine.k.ledger.order(pfn)), name };
  }
}
