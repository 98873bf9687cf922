import type { Machine } from "../../model/machine.ts";
import type { World } from "../../model/world.ts";

/** How many lists of each kind a CPU has: 0 of a kind that all CPUs share, undefined where it cannot be told. */
export function listsPerCpu({ software, world }: Machine): readonly (number | undefined)[] {
  const { kinds } = world.lists;
  // What a kind has one set of for each CPU is told by asking for one CPU more.
  const more = software.lists({ ...parametersOf(world), cpus: world.cpus + 1 });
  return kinds.map(({ name, count }) => {
    const larger = more.find((kind) => kind.name === name)?.count;
    if (larger === count) return 0;
    const perCpu = count / world.cpus;
    return Number.isInteger(perCpu) && larger === count + perCpu ? perCpu : undefined;
  });
}

/** The CPU that a list belongs to, or -1; lists of one kind lie CPU by CPU. */
export function cpuOfList(world: World, perCpu: readonly (number | undefined)[], list: number): number {
  const kind = kindOfList(world, list);
  const each = perCpu[kind] ?? 0;
  return each === 0 ? -1 : Math.floor((list - (world.lists.base[kind] as number)) / each);
}

export function kindOfList({ lists }: World, list: number): number {
  return lists.kinds.findIndex((kind, index) => list < (lists.base[index] as number) + kind.count);
}

function parametersOf(world: World): Parameters<Machine["software"]["lists"]>[0] {
  const { geometry, cpus, pages, mms, requests, translations, modes, irq, preempt, spaces, whole } = world;
  return {
    geometry,
    cpus,
    pages,
    mms,
    requests,
    translations,
    modes,
    irq,
    preempt,
    ...(spaces === undefined ? {} : { spaces }),
    ...(whole === undefined ? {} : { whole }),
  };
}
