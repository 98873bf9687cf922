import { InputError } from "../model/failure.ts";
import { GEOMETRIES, type Geometry, SMALL } from "../model/geometry.ts";
import type { CallEntry, MenuEntry } from "../model/machine.ts";
import type { AddressSpaces } from "../model/spaces.ts";
import type { TranslationModel } from "../model/world.ts";
import { didYouMean } from "./did-you-mean.ts";
import { SETUPS } from "./setups.ts";
import { type NamedWorld, spacesWith } from "./worlds/named-world.ts";
import { NAMED_WORLDS } from "./worlds/named-worlds.ts";

/** A closed scenario: the initial world, who may call how often, and which hardware actions are switched on. */
export interface Scope {
  readonly cpus: number;
  readonly pages: number;
  readonly geometry: Geometry;
  readonly mms: number;
  /** Calls per CPU. */
  readonly calls: readonly number[];
  readonly setup: string;
  readonly irq: boolean;
  readonly preempt: boolean;
  readonly modes: boolean;
  readonly translations: TranslationModel;
  /** The named world that the scope was built on. */
  readonly world?: string;
  /** PCIDs, roots, aliases, interrupts; absent where one protected context is always loaded. */
  readonly spaces?: Omit<AddressSpaces, "globals">;
  /** What tasks may call beside allocating and freeing. */
  readonly callMenu: readonly CallEntry[];
  /** Tasks allocate and free; otherwise they make the named calls only. */
  readonly allocates: boolean;
  /** What they may ask for beside one page of either kind; set by a named world. */
  readonly menu?: readonly MenuEntry[];
  /** Switches away from a CPU that could have gone on, at most, in a search; any number where absent. */
  readonly switches?: number;
}

/** Keys of `--scope`, a closed list, with what they mean. */
export const SCOPE_KEYS: Readonly<Record<string, string>> = {
  cpus: "number of CPUs, 1 to 4",
  pages: "number of 4 KiB pages, 4 to 4096 (the specification: 1 to 8)",
  blocks: "the same in pageblocks of the geometry",
  geometry: `${GEOMETRIES.map(({ name }) => name).join(", ")}: the kernel's size constants`,
  mms: "number of address spaces; CPU n runs mm n mod mms",
  calls: "calls per CPU, joined by +, for example 3+3",
  setup: `the world before the first call: ${SETUPS.map((setup) => setup.name).join(", ")}`,
  irq: "1: calls may also arrive in hard IRQ",
  preempt: "1: tasks and workers preempt each other at any step",
  slots: "dynamic ASIDs per CPU, 1 to 4: PCIDs and address spaces are modelled",
  classes: "restricted domains per mm, 1 to 2",
  nmi: "NMIs that may arrive, 0 to 3",
  modes: "1: CPUs enter and leave the protected context as actions of their own",
  switches: "preemptive switches from CPU to CPU at most, 0 to 99; without it any number (exhaustive search only)",
};

export const DEFAULT_SCOPE: Scope = {
  cpus: 2,
  pages: 8,
  geometry: SMALL,
  mms: 2,
  calls: [3, 3],
  setup: "fresh",
  irq: false,
  preempt: false,
  modes: false,
  translations: "may-hold",
  callMenu: [],
  allocates: true,
};

/**
 * Reads `--scope`.
 *
 * - **Errors**: `InputError` BAD-SCOPE for an unknown key, a value outside its limits, or calls that do not match the CPUs.
 */
export function parseScope(text: string, base: Scope = DEFAULT_SCOPE): Scope {
  const parts = text.split(",").filter((piece) => piece.trim() !== "");
  const named = NAMED_WORLDS.find((world) => world.name === parts[0]?.trim());
  return named === undefined ? assemble(keysOf(parts), base) : assemble(keysOf(parts.slice(1)), baseOf(named));
}

function keysOf(parts: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (const part of parts) {
    const [key = "", value] = part.split("=", 2).map((piece) => piece.trim());
    if (value === undefined) throw unknownWorld(part.trim());
    if (value === "") throw bad(`"${part}" is not of the form key=value`);
    if (given.has(key)) throw bad(`${key} is given twice`);
    checkKey(key);
    given.set(key, value);
  }
  return given;
}

/** The scope whole, in the form `--scope` accepts. */
export function printScope(scope: Scope): string {
  const parts = [
    ...(scope.world === undefined ? [] : [scope.world]),
    `cpus=${scope.cpus}`,
    `pages=${scope.pages}`,
    `geometry=${scope.geometry.name}`,
    `mms=${scope.mms}`,
    `calls=${scope.calls.join("+")}`,
    `setup=${scope.setup}`,
  ];
  const named = NAMED_WORLDS.find(({ name }) => name === scope.world);
  const base = named === undefined ? DEFAULT_SCOPE : baseOf(named);
  for (const key of ["irq", "preempt", "modes"] as const) {
    if (scope[key] || base[key]) parts.push(`${key}=${scope[key] ? 1 : 0}`);
  }
  if (scope.spaces !== undefined) {
    parts.push(`slots=${scope.spaces.slots}`, `classes=${scope.spaces.classes}`);
    const { nmis } = scope.spaces;
    if (nmis > 0 || (base.spaces?.nmis ?? 0) > 0) parts.push(`nmi=${nmis}`);
  }
  if (scope.switches !== undefined) parts.push(`switches=${scope.switches}`);
  return parts.join(",");
}

/** The scope that a named world stands for. */
function baseOf(named: NamedWorld): Scope {
  const { name, scope, spaces, callMenu, allocates, menu } = named;
  const rest = { ...(spaces === undefined ? {} : { spaces }), ...(menu === undefined ? {} : { menu }) };
  return { ...parseScope(scope), world: name, ...rest, callMenu, allocates };
}

function assemble(given: ReadonlyMap<string, string>, base: Scope): Scope {
  const cpus = integer(given, "cpus", base.cpus, 1, 4);
  const calls = parseCalls(given.get("calls"), cpus, base);
  const geometryName = given.get("geometry") ?? base.geometry.name;
  const geometry = GEOMETRIES.find((known) => known.name === geometryName);
  if (geometry === undefined)
    throw bad(`geometry=${geometryName} is not one of ${GEOMETRIES.map((g) => g.name).join(", ")}`);
  const pages = pagesOf(given, geometry, base.pages);
  const setup = given.get("setup") ?? base.setup;
  if (!SETUPS.some((known) => known.name === setup)) {
    throw bad(`setup=${setup} is not one of ${SETUPS.map((known) => known.name).join(", ")}`);
  }
  return {
    ...base,
    cpus,
    pages,
    geometry,
    calls,
    setup,
    mms: integer(given, "mms", given.has("cpus") ? Math.max(2, cpus) : base.mms, 1, 8),
    irq: flag(given, "irq", base.irq),
    preempt: flag(given, "preempt", base.preempt),
    ...spacesOf(given, base),
    modes: flag(given, "modes", base.modes),
    ...(given.has("switches") ? { switches: integer(given, "switches", 0, 0, 99) } : {}),
  };
}

/** `blocks` says it in pageblocks; given both, they have to agree. */
function pagesOf(given: ReadonlyMap<string, string>, geometry: Geometry, base: number): number {
  const pages = integer(given, "pages", base, 1, 4096);
  if (!given.has("blocks")) return pages;
  const perBlock = 1 << geometry.pageblockOrder;
  const blocks = integer(given, "blocks", 0, 1, Math.floor(4096 / perBlock));
  if (given.has("pages") && pages !== blocks * perBlock) {
    const each = `a pageblock of geometry ${geometry.name} has ${perBlock} pages`;
    throw bad(`blocks=${blocks} is pages=${blocks * perBlock} and pages=${pages} was given too: ${each}`);
  }
  return blocks * perBlock;
}

/** Address spaces are on when the base has them, or when a key of theirs is given. */
function spacesOf(given: ReadonlyMap<string, string>, base: Scope): Pick<Scope, "spaces"> {
  const asked = ["slots", "classes", "nmi"].some((key) => given.has(key));
  if (base.spaces === undefined && !asked) return {};
  const known = base.spaces ?? spacesWith({});
  return {
    spaces: {
      ...known,
      slots: integer(given, "slots", known.slots, 1, 4),
      classes: integer(given, "classes", known.classes, 1, 2),
      nmis: integer(given, "nmi", known.nmis, 0, 3),
    },
  };
}

function parseCalls(text: string | undefined, cpus: number, base: Scope): readonly number[] {
  if (text === undefined) return Array.from({ length: cpus }, (_, cpu) => base.calls[cpu] ?? base.calls[0] ?? 0);
  const calls = text.split("+").map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : Number.NaN));
  if (calls.some((count) => Number.isNaN(count) || count > 200))
    throw bad(`calls=${text} is not a sum of numbers up to 200, like 3+3`);
  if (calls.length !== cpus) throw bad(`calls=${text} names ${calls.length} CPUs and cpus=${cpus}`);
  return calls;
}

function integer(given: ReadonlyMap<string, string>, key: string, base: number, min: number, max: number): number {
  const text = given.get(key);
  if (text === undefined) return base;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw bad(`${key}=${text} is outside ${min}..${max}`);
  return value;
}

function flag(given: ReadonlyMap<string, string>, key: string, base: boolean): boolean {
  return integer(given, key, base ? 1 : 0, 0, 1) === 1;
}

function checkKey(key: string): void {
  if (key in SCOPE_KEYS) return;
  throw bad(`there is no scope key "${key}"${didYouMean(key, Object.keys(SCOPE_KEYS))}`);
}

/** Worlds that a message names: the standard ones; a list of all is no answer to a slip of the finger. */
const WORLDS_NAMED = 8;

/** A bare word: a world's name, misspelt or not in the first place. */
function unknownWorld(word: string): InputError {
  const names = NAMED_WORLDS.map((world) => world.name);
  if (names.includes(word))
    return bad(`the world "${word}" stands at the beginning of a scope, alone and before its keys`);
  const some = `${names.slice(0, WORLDS_NAMED).join(", ")} and ${names.length - WORLDS_NAMED} more: docs/worlds.md`;
  return bad(`"${word}" is neither key=value nor a world (${some})${didYouMean(word, names)}`);
}

function bad(message: string): InputError {
  return new InputError(
    "BAD-SCOPE",
    message,
    `keys: ${Object.keys(SCOPE_KEYS).join(", ")}; for example --scope cpus=2,pages=8,calls=3+3`,
  );
}
