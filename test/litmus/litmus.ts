import type { HardwareRules, ProfileName } from "../../model/paging/hardware-rules.ts";
import type { Instruction } from "../../model/paging/instruction.ts";
import type { AccessKind } from "../../model/paging/paging-machine.ts";

/** One small race or rule: where it starts, what each CPU does, and every way it may end. */
export interface Litmus {
  /** Also the name of its file and of the Promela text beside it. */
  readonly name: string;
  /** The hardware rule or the micro-steps it is about. */
  readonly about: string;
  /** A sentence with *always* or *never*. */
  readonly statement: string;
  /** Manual section, kernel function or commit. */
  readonly source: string;
  /** The race as a numbered list of events. */
  readonly picture: readonly string[];
  readonly profile?: ProfileName;
  readonly world: LitmusWorld;
  /** In the order of the numbers that the Promela text gives them. */
  readonly variants: Readonly<Record<string, Variant>>;
  /** Hardware that ignores the rule: some outcome of some variant must change. */
  readonly notices?: Readonly<Record<string, Partial<HardwareRules>>>;
}

export interface Variant {
  /** What this variant does otherwise, or what its end means. */
  readonly note: string;
  /** One program for each CPU. */
  readonly programs: readonly Program[];
  /** What each CPU runs when it takes an IPI. */
  readonly handlers?: readonly Program[];
  /** What may strike each CPU once, between any two of its steps. */
  readonly nmis?: readonly Program[];
  readonly profile?: ProfileName;
  readonly rules?: Partial<HardwareRules>;
  /** Exactly the outcomes that can be reached: values of all registers in their order, or `undefined`. */
  readonly allowed: readonly string[];
  /** The outcomes the variant is about and that must not be among them. */
  readonly forbidden: readonly string[];
}

export interface LitmusWorld {
  /** Address spaces by name; the tables of a space are its own. */
  readonly spaces: Readonly<Record<string, Space>>;
  /** The space loaded on each CPU at the start. */
  readonly loaded: readonly string[];
  /** Frames by name, with the datum each holds at first. */
  readonly frames: Readonly<Record<string, number>>;
  /** Variables of the protocol by name, with their first values. */
  readonly variables?: Readonly<Record<string, number>>;
  /** The registers that make up an outcome. */
  readonly registers: readonly string[];
  /** Registers that only steer a program. */
  readonly scratch?: readonly string[];
  /** Capacities of each CPU; at the start one translation, one walk, four stores and no paging-structure cache. */
  readonly translations?: number;
  readonly structures?: number;
  readonly walks?: number;
  readonly stores?: number;
  readonly broadcasts?: number;
  /** For each CPU the pages it may walk of its own accord; absent: page 0 on every CPU. */
  readonly speculation?: readonly (readonly number[])[];
  /** CPUs that start with interrupts off. */
  readonly irqsOff?: readonly number[];
}

export interface Space {
  readonly pcid: number;
  readonly pages: Readonly<Record<number, Leaf>>;
}

export interface Leaf {
  readonly frame: string;
  /** 1 is 4K, 2 is 2M (two pages of a litmus world), 3 is 1G (four). */
  readonly level?: number;
  readonly global?: boolean;
  readonly absent?: boolean;
}

export type Place =
  | { readonly entry: string; readonly page: number; readonly level: number }
  | { readonly variable: string }
  | { readonly datum: string };

/** `absent` clears P, a leaf names its frame, a table the entry of another space that leads to it. */
export type Value =
  | number
  | "absent"
  | Leaf
  | { readonly tableOf: string; readonly page: number; readonly level: number };

export type Step =
  | { readonly op: "store" | "store-nontemporal" | "store-locked"; readonly to: Place; readonly value: Value }
  | { readonly op: "load"; readonly register: string; readonly from: Place }
  /** Through a translation: the register gets the datum of the frame reached, or `FAULT`. */
  | { readonly op: "access"; readonly register: string; readonly page: number; readonly kind: AccessKind }
  | { readonly op: "run"; readonly instruction: Instruction }
  /** Obeys NOFLUSH only while `unless` holds zero. */
  | { readonly op: "cr3"; readonly space: string; readonly noflush: boolean; readonly unless?: string }
  | { readonly op: "await"; readonly place: Place; readonly value: number }
  | { readonly op: "send"; readonly to: number }
  | { readonly op: "irqs"; readonly on: boolean }
  /** Jumps over the next `over` steps if the register holds the value. */
  | { readonly op: "skip"; readonly register: string; readonly is: number; readonly over: number };

export type Program = readonly Step[];

/** What a register holds after an access that faulted. */
export const FAULT = 9;

/** What a frame or a register may hold. */
export const CLEAN = 0;
export const PUBLIC = 1;
export const SECRET = 2;

export const leaf = (space: string, page: number): Place => ({ entry: space, page, level: 1 });
export const upper = (space: string, page: number, level: number): Place => ({ entry: space, page, level });
export const variable = (name: string): Place => ({ variable: name });
export const datum = (frame: string): Place => ({ datum: frame });

export const store = (to: Place, value: Value): Step => ({ op: "store", to, value });
export const storeNontemporal = (to: Place, value: Value): Step => ({ op: "store-nontemporal", to, value });
export const storeLocked = (to: Place, value: Value): Step => ({ op: "store-locked", to, value });
export const set = (name: string, value: number): Step => store(variable(name), value);
export const load = (register: string, name: string): Step => ({ op: "load", register, from: variable(name) });
export const read = (register: string, page: number): Step => ({ op: "access", register, page, kind: "read" });
export const run = (instruction: Instruction): Step => ({ op: "run", instruction });
export const mfence = run({ op: "mfence" });
export const sfence = run({ op: "sfence" });
export const invlpg = (page: number): Step => run({ op: "invlpg", page });
export const invpcidAll = run({ op: "invpcid", type: 2, pcid: 0, page: 0 });
export const cr3 = (space: string): Step => ({ op: "cr3", space, noflush: false });
export const cr3Noflush = (space: string): Step => ({ op: "cr3", space, noflush: true });
export const awaits = (name: string, value: number): Step => ({ op: "await", place: variable(name), value });
export const send = (to: number): Step => ({ op: "send", to });
export const irqs = (on: boolean): Step => ({ op: "irqs", on });
export const skipIf = (register: string, is: number, over: number): Step => ({ op: "skip", register, is, over });

/** One space with one page, as most litmus files want it. */
export const onePage = (frame: string, pcid = 1): Space => ({ pcid, pages: { 0: { frame } } });
