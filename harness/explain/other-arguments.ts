import type { NamedAction } from "../../model/action.ts";
import type { Machine } from "../../model/machine.ts";
import type { FreeValue } from "./explanation.ts";

/** One argument of a call: what it is, and what it could be instead. */
export interface ArgumentOptions {
  readonly name: FreeValue["name"];
  readonly given: string;
  readonly others: readonly { readonly text: string; readonly head: Partial<NamedAction> }[];
}

/** Pages that a free is tried with, the lowest ones. */
const MOST_PAGES = 16;

/** What the arguments of a call could be in the machine's world: its menu's requests and orders, its pages, its calls' arguments. */
export function otherArguments(machine: Machine, head: NamedAction): readonly ArgumentOptions[] {
  const { kind, request = "", order = 0, pfn, args } = head;
  switch (kind) {
    case "alloc":
    case "irqAlloc":
      return [
        { name: "request", given: request, others: requests(machine, request, order) },
        { name: "order", given: String(order), others: orders(machine, request, order) },
      ];
    case "free":
    case "irqFree":
      return [{ name: "pfn", given: `pfn ${pfn}`, others: pages(machine, pfn) }];
    case "call":
      return [{ name: "args", given: printArgs(args), others: argumentsOfCall(machine, head) }];
    default:
      return [];
  }
}

function requests({ menu, world }: Machine, given: string, order: number): ArgumentOptions["others"] {
  const names = menu.filter((entry) => entry.order === order).map((entry) => world.requests[entry.request]?.name ?? "");
  return names.filter((name) => name !== given).map((name) => ({ text: name, head: { request: name } }));
}

function orders({ menu, world }: Machine, request: string, given: number): ArgumentOptions["others"] {
  const entries = menu.filter((entry) => world.requests[entry.request]?.name === request && entry.order !== given);
  return entries.map(({ order }) => ({ text: String(order), head: { order } }));
}

function pages({ world }: Machine, given: number | undefined): ArgumentOptions["others"] {
  const all = Array.from({ length: Math.min(MOST_PAGES, world.pages) }, (_, pfn) => pfn);
  return all.filter((pfn) => pfn !== given).map((pfn) => ({ text: `pfn ${pfn}`, head: { pfn } }));
}

function argumentsOfCall({ callMenu }: Machine, { call, args = [] }: NamedAction): ArgumentOptions["others"] {
  const entries = callMenu.filter((entry) => entry.call === call && entry.args.join() !== args.join());
  return entries.map((entry) => ({ text: printArgs(entry.args), head: { args: entry.args } }));
}

function printArgs(args: readonly number[] = []): string {
  return `(${args.join(", ")})`;
}
