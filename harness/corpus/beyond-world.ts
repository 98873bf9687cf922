import { ACTION, type NamedAction } from "../../model/action.ts";
import type { World } from "../../model/world.ts";
import { isCall } from "./scripted-call.ts";

/** Calls that a world can grant to one CPU. */
const CALLS_MAX = 255;

/** Why a world cannot be asked for some of these actions at all: a stranger's file may name anything. */
export function beyondWorld(actions: readonly NamedAction[], { cpus, geometry }: World): string | undefined {
  const asked = new Map<number, number>();
  for (const { kind, cpu, order = 0 } of actions) {
    if (cpu >= cpus) return `there is no cpu${cpu} in a world of ${cpus} CPUs`;
    if (order > geometry.maxOrder) return `there is no block of order ${order} in this world`;
    if (isCall(ACTION[kind] << 28)) asked.set(cpu, (asked.get(cpu) ?? 0) + 1);
  }
  const [cpu, count = 0] = [...asked].find(([, each]) => each > CALLS_MAX) ?? [];
  if (cpu !== undefined) return `cpu${cpu} is asked for ${count} calls, and no world grants more than ${CALLS_MAX}`;
  return undefined;
}
