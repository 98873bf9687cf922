import { assert } from "../../model/failure.ts";
import { type HardwareRules, rulesOf } from "../../model/paging/hardware-rules.ts";
import { leafEntry, type PageWord, withoutPresent } from "../../model/paging/page-entry.ts";
import type { PagingConfig } from "../../model/paging/paging-config.ts";
import { PagingMachine } from "../../model/paging/paging-machine.ts";
import { TableBuilder } from "../../model/paging/table-builder.ts";
import type { Leaf, Litmus, LitmusWorld, Place, Step, Value, Variant } from "./litmus.ts";

const ENTRIES = 2;
const ROOM = 64;

/** A litmus file's world laid into memory, and the way from its names to addresses. */
export class BuiltWorld {
  readonly machine: PagingMachine;
  private readonly roots = new Map<string, number>();
  private readonly frames = new Map<string, number>();
  private readonly addresses = new Map<Place, number>();
  private readonly stored = new Map<Step, PageWord>();
  private readonly world: LitmusWorld;
  private readonly tables: TableBuilder;

  constructor(litmus: Litmus, variant: Variant, change: Partial<HardwareRules>) {
    const rules = { ...rulesOf(variant.profile ?? litmus.profile ?? "intel"), ...variant.rules, ...change };
    this.world = litmus.world;
    // A dry run in a large memory counts the frames.
    const { frames } = this.lay(new PagingMachine(config(litmus.world, rules, ROOM)));
    this.machine = new PagingMachine(config(litmus.world, rules, frames));
    this.tables = this.lay(this.machine).tables;
    litmus.world.loaded.forEach((space, cpu) => {
      this.machine.cpu(cpu).loadCr3(this.root(space), this.pcid(space));
    });
    // Now, while the tables are whole: a place is named by the tree of the initial state.
    const { programs, handlers = [], nmis = [] } = variant;
    for (const step of [...programs, ...handlers, ...nmis].flat()) this.resolve(step);
  }

  root(space: string): number {
    return known(this.roots, space);
  }

  pcid(space: string): number {
    const found = this.world.spaces[space];
    assert(found !== undefined, `the litmus file has a space ${space}`);
    return found.pcid;
  }

  address(place: Place): number {
    return known(this.addresses, place);
  }

  /** What a store writes, as decided at the start. */
  word(step: StoreStep): PageWord {
    return known(this.stored, step);
  }

  private resolve(step: Step): void {
    if (step.op === "load") this.addresses.set(step.from, this.addressOf(step.from));
    else if (step.op === "await") this.addresses.set(step.place, this.addressOf(step.place));
    else if (isStore(step)) {
      this.addresses.set(step.to, this.addressOf(step.to));
      this.stored.set(step, this.wordOf(step.to, step.value));
    }
  }

  private addressOf(place: Place): number {
    if ("entry" in place) return this.tables.entry(this.root(place.entry), place.page, place.level);
    if ("datum" in place) return this.machine.addressOf(known(this.frames, place.datum), 0);
    const index = Object.keys(this.world.variables ?? {}).indexOf(place.variable);
    assert(index >= 0, `the litmus file has a variable ${place.variable}`);
    return this.machine.variable(index);
  }

  /** `absent` keeps what else the entry says at the start. */
  private wordOf(place: Place, value: Value): PageWord {
    if (typeof value === "number") return { low: value, high: 0 };
    if (value === "absent") return withoutPresent(this.machine.memory(this.addressOf(place)));
    if ("frame" in value) return this.leafWord(value);
    return this.machine.memory(this.tables.entry(this.root(value.tableOf), value.page, value.level));
  }

  private lay(machine: PagingMachine): { frames: number; tables: TableBuilder } {
    const leaves = Object.values(this.world.spaces).flatMap(({ pages }) => Object.values(pages));
    let next = 0;
    for (const [name, first] of Object.entries(this.world.frames)) {
      this.frames.set(name, next);
      machine.write(machine.addressOf(next, 0), { low: first, high: 0 });
      const level = Math.max(1, ...leaves.filter(({ frame }) => frame === name).map((leaf) => leaf.level ?? 1));
      next += machine.geometry.span(level);
    }
    const tables = new TableBuilder(machine, next);
    for (const [name, { pages }] of Object.entries(this.world.spaces)) {
      const root = tables.table();
      this.roots.set(name, root);
      for (const [page, leaf] of Object.entries(pages)) {
        const address = tables.entry(root, Number(page), leaf.level ?? 1);
        machine.write(address, this.leafWord(leaf));
      }
    }
    Object.values(this.world.variables ?? {}).forEach((value, index) => {
      machine.write(machine.variable(index), { low: value, high: 0 });
    });
    return { frames: tables.taken, tables };
  }

  private leafWord({ frame, level = 1, global = false, absent = false }: Leaf): PageWord {
    const word = leafEntry(known(this.frames, frame), level, { global });
    return absent ? withoutPresent(word) : word;
  }
}

function config(world: LitmusWorld, rules: HardwareRules, frames: number): PagingConfig {
  return {
    rules,
    cpus: world.loaded.length,
    entries: ENTRIES,
    frames,
    variables: Object.keys(world.variables ?? {}).length,
    translations: world.translations ?? 1,
    structures: world.structures ?? 0,
    walks: world.walks ?? 1,
    stores: world.stores ?? 4,
    broadcasts: world.broadcasts ?? 0,
    speculation: world.speculation ?? world.loaded.map(() => [0]),
  };
}

type StoreStep = Extract<Step, { op: "store" | "store-nontemporal" | "store-locked" }>;

function isStore(step: Step): step is StoreStep {
  return step.op === "store" || step.op === "store-nontemporal" || step.op === "store-locked";
}

function known<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const found = map.get(key);
  assert(found !== undefined, `the litmus file has something called ${JSON.stringify(key)}`);
  return found;
}
