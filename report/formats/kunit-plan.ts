import type { NamedAction } from "../../model/action.ts";
import type { Counterexample } from "../../model/counterexample.ts";
import { type RunEvent, runEvents } from "./run-events.ts";

/** What one CPU does when its turn comes. */
export interface KunitTurn {
  readonly cpu: number;
  /** Raw sentences for a comment. */
  readonly told: readonly string[];
  /** A C statement, made of our words and checked names only. */
  readonly call?: string;
}

/** The run as a schedule of calls that a test can make. */
export interface KunitPlan {
  readonly turns: readonly KunitTurn[];
  /** CPUs that have a turn, ascending. */
  readonly cpus: readonly number[];
  readonly pages: readonly { readonly variable: string; readonly told: string }[];
  /** GFP names that the calls use. */
  readonly flags: readonly string[];
}

/** Turns of a test: the run's events, each a call where the page allocator has one. */
export function kunitPlan(run: Counterexample): KunitPlan {
  const events = runEvents(run);
  const planner = new Planner();
  const turns = events.map((event) => planner.turnOf(event));
  const cpus = [...new Set(turns.map(({ cpu }) => cpu))].sort((a, b) => a - b);
  return { turns, cpus, pages: planner.pages, flags: [...planner.flags] };
}

class Planner {
  readonly pages: { readonly variable: string; readonly told: string }[] = [];
  readonly flags = new Set<string>();
  /** Who holds which frame: the variable of the allocation that returned it. */
  private readonly holders = new Map<number, string>();
  /** The last allocation of each CPU, which may answer in a later turn. */
  private readonly asked = new Map<number, string>();

  turnOf(event: RunEvent): KunitTurn {
    const { cpu, title, continued, steps } = event;
    const told = [`${title}${continued ? " goes on" : ""}${programsOf(event)}`];
    const action = steps[0]?.action;
    const call = action === undefined || continued ? undefined : this.callOf(action);
    const page = returnedPage(event);
    if (page !== undefined) {
      told.push(`answers with pfn ${page}`);
      this.holders.set(page, this.asked.get(cpu) ?? this.variable(`pfn ${page}`));
    }
    return { cpu, told, ...(call === undefined ? {} : { call }) };
  }

  private callOf(action: NamedAction): string | undefined {
    const order = Number(action.order ?? 0);
    switch (action.kind) {
      case "alloc":
      case "irqAlloc": {
        const variable = this.variable(`allocated by cpu${action.cpu}`);
        this.asked.set(action.cpu, variable);
        return `${variable} = alloc_pages(${this.gfpOf(action.request ?? "")}, ${order});`;
      }
      case "free":
      case "irqFree": {
        const pfn = action.pfn ?? 0;
        const known = this.holders.get(pfn);
        this.holders.delete(pfn);
        const variable = known ?? this.variable(`pfn ${pfn}: allocate it before the first turn`);
        return `__free_pages(${variable}, ${order});`;
      }
      default:
        return undefined;
    }
  }

  private variable(told: string): string {
    const variable = `page_${this.pages.length}`;
    this.pages.push({ variable, told });
    return variable;
  }

  /** Names that look like GFP flags; GFP_KERNEL where there is none. */
  private gfpOf(request: string): string {
    const names = request.split("|").filter((name) => /^(__)?GFP_[A-Z_]{1,40}$/.test(name));
    for (const name of names) this.flags.add(name);
    return names.length === 0 ? "GFP_KERNEL" : names.join(" | ");
  }
}

/** ` [alloc_pages, asi_map_alloced_pages]`: the functions the event goes through. */
function programsOf({ steps }: RunEvent): string {
  const programs = [...new Set(steps.map(({ action }) => action.program).filter((name) => name !== undefined))];
  return programs.length === 0 ? "" : ` [${programs.join(", ")}]`;
}

/** The frame that the ledger says was handed out in the event. */
function returnedPage({ steps }: RunEvent): number | undefined {
  for (const { column, before, row } of steps.flatMap((step) => step.changes)) {
    if (column === "ledger.order" && before === "-") return row;
  }
  return undefined;
}
