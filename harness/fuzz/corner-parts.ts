import { ACTION, encodeAction } from "../../model/action.ts";
import { assert } from "../../model/failure.ts";
import { DEVICE_INTERRUPT, type Machine, NMI } from "../../model/machine.ts";
import type { PairStream } from "../../properties/arbitraries/schedule.ts";
import { type BlockSize, orderOf } from "../../properties/arbitraries/workload.ts";
import type { Demand, Part } from "./demand-source.ts";

/** The most that `all` comes to; small worlds have fewer pages. */
const ALL_MAX = 64;

const SIMPLE: Readonly<Record<string, readonly [number, number]>> = {
  interrupt: [ACTION.interrupt, DEVICE_INTERRUPT],
  nmi: [ACTION.interrupt, NMI],
  preempt: [ACTION.preempt, 0],
  enter: [ACTION.enter, 0],
  leave: [ACTION.exit, 0],
};

/**
 * A corner script as demands on a machine; `any` CPU and alternatives (`a|b`) are drawn.
 *
 * - **Errors**: assertions; a script that the machine lacks a call or a size for says nothing there.
 */
export function cornerParts(lines: readonly string[], machine: Machine, stream: PairStream): Part[] {
  const parts: Demand[][] = [[]];
  let id = 0;
  for (const line of lines) {
    if (line === "settle") {
      parts.push([]);
      continue;
    }
    const [who = "", ...what] = line.split(" ");
    for (let time = timesOf(what, machine); time > 0; time--) {
      for (const cpu of cpusOf(who, machine, stream)) {
        const demand = demandOf(cpu, what, machine, stream, id++);
        if (demand !== undefined) parts[parts.length - 1]?.push(demand);
      }
    }
  }
  return parts;
}

function timesOf(what: readonly string[], { world }: Machine): number {
  if (what.includes("all")) return Math.min(ALL_MAX, world.pages);
  return Number(what.find((word) => /^x\d+$/.test(word))?.slice(1) ?? 1);
}

function cpusOf(who: string, { world }: Machine, stream: PairStream): number[] {
  if (who === "each") return Array.from({ length: world.cpus }, (_, cpu) => cpu);
  return [who === "any" ? stream.draw(world.cpus) : Number(who) % world.cpus];
}

function demandOf(
  cpu: number,
  [verb = "", argument = "", ...more]: readonly string[],
  machine: Machine,
  stream: PairStream,
  id: number,
): Demand | undefined {
  const irq = verb.startsWith("irq-");
  switch (verb) {
    case "take":
    case "irq-take": {
      const entry = entryOf(argument, more, machine);
      return entry < 0 ? undefined : { what: "take", cpu, entry, id, irq };
    }
    case "give":
    case "irq-give":
      return { what: "give", cpu, of: argument === "oldest" ? "oldest" : "newest", irq };
    case "drain":
      return { what: "do", cpu, action: encodeAction(ACTION.drain, cpu, Number(argument) % machine.world.cpus) };
    case "call":
    case "may-call": {
      const place = callOf(argument, machine, stream);
      return place < 0 ? undefined : { what: "do", cpu, action: encodeAction(ACTION.call, cpu, place) };
    }
    default: {
      const simple = SIMPLE[verb];
      assert(simple !== undefined, `a corner script says what it knows: ${verb}`);
      return { what: "do", cpu, action: encodeAction(simple[0], cpu, simple[1]) };
    }
  }
}

/** The place on the menu of a request of the kind and size, or of single pages where the menu has no such size. */
function entryOf(kind: string, words: readonly string[], { menu, world }: Machine): number {
  const request = kind === "secret" ? 1 : 0;
  const sizes: readonly BlockSize[] = ["pair", "costly", "pageblock", "largest"];
  const size = sizes.find((name) => words.includes(name)) ?? "page";
  const order = orderOf(size, world.geometry);
  const exact = menu.findIndex((entry) => entry.request === request && entry.order === order);
  return exact >= 0 ? exact : menu.findIndex((entry) => entry.request === request);
}

/** One of the scenario's calls by one of these names. */
function callOf(names: string, { callMenu }: Machine, stream: PairStream): number {
  const wanted = names.split("|");
  const places = callMenu.flatMap(({ call }, place) => (wanted.includes(call) ? [place] : []));
  return places.length === 0 ? -1 : (places[stream.draw(places.length)] ?? -1);
}
