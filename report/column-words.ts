import type { Change } from "../model/diff.ts";

import type { RunCells } from "./run-cells.ts";
import type { RunNames } from "./run-names.ts";
import { indexIn } from "./step-effects.ts";

/** A variable of the kernel or of a design that got another value, in words. */
interface Assignment {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** What the words of a cell depend on beside its value. */
interface Place {
  readonly names: RunNames;
  readonly cells: RunCells;
  readonly index: (dimension: string) => number;
}

interface Words {
  /** The variable as the kernel calls it. */
  readonly name: string | ((place: Place) => string);
  readonly value?: (value: string, place: Place) => string;
}

const flag = (value: string): string => (value === "yes" ? "true" : "false");

/** A class, as curr_asi and target point to it: a domain of the mm that the CPU's task runs in. */
function domain(value: string, { names, cells, index }: Place): string {
  if (value === "0") return "NULL";
  return `${mmOf(cells.get("asi_core.taskMm", index("cpu")), names)} ${names.view(Number(value))}`;
}

function mmOf(printed: string | undefined, names: RunNames): string {
  const index = /^mm(\d+)$/.exec(printed ?? "")?.[1];
  return index === undefined ? (printed ?? "") : names.mm(Number(index));
}

function classOf(value: string, { names }: Place): string {
  return value === "0" ? "none" : names.view(Number(value));
}

function hostCr3(value: string, { names, cells, index }: Place): string {
  const pcid = cells.count("asi_guest.hostPcid", index("cpu")) - 1;
  return value === "0" ? "none" : `${names.root(Number(value) - 1)}, PCID ${pcid}`;
}

/** Columns whose names and values the kernel has words for; any other is printed as its declaration has it. */
const WORDS: Readonly<Record<string, Words>> = {
  "asi_core.currAsi": { name: "curr_asi", value: domain },
  "asi_core.target": { name: "target", value: domain },
  "asi_core.nest": { name: "intr_nest_depth" },
  "asi_core.loadedMm": { name: "loaded_mm", value: (value, { names }) => names.mm(Number(value)) },
  "asi_core.lazy": { name: "is_lazy", value: flag },
  "asi_core.offline": { name: "online", value: (value) => (value === "yes" ? "false" : "true") },
  "asi_core.taskMm": {
    name: "current->mm",
    value: (value, { names }) => (value === `mm${names.mms}` ? "NULL" : value),
  },
  "tlbstate.loadedAsid": { name: "loaded_mm_asid" },
  "tlbstate.nextAsid": { name: "next_asid" },
  "tlbstate.invalidateOther": { name: "invalidate_other", value: flag },
  "tlbstate.ctxMm": { name: ({ index }) => `ctxs[${index("slot")}].ctx_id` },
  "tlbstate.ctxGen": { name: ({ index }) => `ctxs[${index("slot")}].tlb_gen` },
  "tlbstate.mmGen": { name: ({ index, names }) => `${names.mm(index("mm"))}'s tlb_gen` },
  "tlbstate.mmCpus": { name: ({ index, names }) => `mm_cpumask(${names.mm(index("mm"))})` },
  "tlbstate.globalGen": { name: "asi_global tlb_gen" },
  "tlbstate.pcidGen": { name: ({ index }) => `tlb_gen of PCID ${index("pcid")}` },
  "asi_guest.running": { name: "guest running", value: classOf },
  "asi_guest.hostRoot": { name: "HOST_CR3", value: hostCr3 },
  "tlb_ubc.cpumask": { name: "tlb_ubc.cpumask" },
  "tlb_ubc.pending": { name: ({ index, names }) => `${names.mm(index("mm"))}'s tlb_flush_batched.pending` },
  "tlb_ubc.flushed": { name: ({ index, names }) => `${names.mm(index("mm"))}'s tlb_flush_batched.flushed` },
  "zero.users": { name: "huge_zero_refcount" },
  "vmalloc.lazy": { name: ({ index }) => `area ${index("vmap")} lazily freed` },
  "mm.blockType": {
    name: ({ index }) => `label of pageblock ${index("block")}`,
    value: (value, { names, index }) => names.label(index("block"), Number(value)),
  },
  "as.restrictedLeaf": {
    name: ({ index }) => `restricted leaf of pageblock ${index("block")}`,
    value: leafSize,
  },
  "as.directLeaf": { name: ({ index }) => `direct-map leaf of pageblock ${index("block")}`, value: leafSize },
  "as.vmapRestricted": { name: ({ index }) => `area ${index("vmap")} in restricted maps` },
};

function leafSize(value: string): string {
  return value === "0" || value === "no" ? "4K" : "whole";
}

/** Groups that tell nothing beside what the hardware, the lists and the calls tell. */
const SILENT_GROUPS = new Set([
  "hw",
  "tlb",
  "list",
  "ledger",
  "cpu",
  "ipi",
  "work",
  "mm",
  "as",
  "held",
  "promise",
  "tso",
  "zone",
  "pcp",
  "ac",
  "sc",
  "pgdat",
  "lru",
  "compact",
  "cc",
]);

/** What a function keeps for itself while it runs; told step by step only. */
const LOCAL_COLUMNS =
  /^(asi_entry|switch|mmflush|asiflush|physmap)\.|^asi_core\.(interrupts|nmis)Left|^asi_guest\.hostPcid|^tlbstate\.taints/;

/** The change as an assignment in words; undefined for what a reader is told in another way, or need not know. */
export function assignmentOf(
  change: Change,
  actor: number,
  context: { readonly names: RunNames; readonly cells: RunCells; readonly steps: boolean },
): Assignment | undefined {
  const known = WORDS[change.column];
  const [group = "", column = ""] = change.column.split(".");
  if (known === undefined && (SILENT_GROUPS.has(group) || indexIn(change, "pfn") !== undefined)) return undefined;
  if (!context.steps && LOCAL_COLUMNS.test(change.column)) return undefined;
  const place = { ...context, index: (dimension: string): number => indexIn(change, dimension) ?? 0 };
  const name = known === undefined ? column : typeof known.name === "string" ? known.name : known.name(place);
  const value = (text: string): string => known?.value?.(text, place) ?? text;
  const cpu = indexIn(change, "cpu") ?? actor;
  const owner = cpu === actor ? "" : `cpu${cpu}'s `;
  return { name: `${owner}${name}`, before: value(change.before), after: value(change.after) };
}
