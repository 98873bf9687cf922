import { ACTION, encodeAction } from "../../model/action.ts";
import type { Machine } from "../../model/machine.ts";
import type { PairStream } from "../../properties/arbitraries/schedule.ts";
import type { Demand, Part } from "./demand-source.ts";
import type { RecordedCalls } from "./recorded-calls.ts";

/** Calls of a window: a few turns of a small world's memory. */
const WINDOW_MIN = 20;
const WINDOW_MAX = 220;
/** After one call in this many comes one of the world's own calls, where it has any: entering, leaving, switching. */
const CALL_ONE_IN = 4;
/** One call in this many is changed. */
const CHANGE_ONE_IN = 6;

/**
 * A window of recorded calls, scaled to a machine and mutated: CPUs are taken modulo what there are, orders are the nearest on the
 * menu, frees of what was allocated before the window free the oldest block. Some calls are swapped with the next, made twice,
 * dropped, moved to another CPU, or made for the other kind.
 */
export function traceParts(recorded: RecordedCalls, machine: Machine, stream: PairStream): Part[] {
  const length = WINDOW_MIN + stream.draw(WINDOW_MAX - WINDOW_MIN);
  const start = stream.draw(Math.max(1, recorded.calls.length - length));
  const demands: Demand[] = [];
  if (machine.menu.length === 0) return [];
  for (let at = start; at < Math.min(start + length, recorded.calls.length); at++) {
    demands.push(...mutated(demandOf(recorded, at, start, machine), demands, machine, stream));
    if (machine.callMenu.length > 0 && stream.draw(CALL_ONE_IN) === 0) demands.push(namedCall(machine, stream));
  }
  return [demands];
}

function demandOf({ calls, cpus }: RecordedCalls, at: number, start: number, machine: Machine): Demand {
  const cpu = (cpus[at] as number) % machine.world.cpus;
  const call = calls[at] as number;
  if (call >= 0) return { what: "take", cpu, entry: entryOf(call >> 1, call & 1, machine), id: at };
  const of = -1 - call;
  return { what: "give", cpu, of: of >= start ? of : "oldest" };
}

function namedCall({ callMenu, world }: Machine, stream: PairStream): Demand {
  const cpu = stream.draw(world.cpus);
  return { what: "do", cpu, action: encodeAction(ACTION.call, cpu, stream.draw(callMenu.length)) };
}

/** The menu entry of the request whose order is nearest. */
function entryOf(order: number, request: number, { menu }: Machine): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  menu.forEach((entry, index) => {
    const distance = Math.abs(entry.order - order) + (entry.request === request ? 0 : 100);
    if (distance >= least) return;
    least = distance;
    best = index;
  });
  return best;
}

/** What takes the demand's place at the end of the list; may take the last one off it. */
function mutated(demand: Demand, before: Demand[], machine: Machine, stream: PairStream): Demand[] {
  if (stream.draw(CHANGE_ONE_IN) > 0) return [demand];
  switch (stream.draw(5)) {
    case 0: {
      const last = before.pop();
      return last === undefined ? [demand] : [demand, last];
    }
    case 1:
      return [demand, demand];
    case 2:
      return [];
    case 3:
      return [{ ...demand, cpu: stream.draw(machine.world.cpus) }];
    default:
      return [demand.what === "take" ? { ...demand, entry: stream.draw(machine.menu.length) } : demand];
  }
}
