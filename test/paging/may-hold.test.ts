import { describe, expect, test } from "vitest";
import { NO_PARENT, StateStore } from "../../checker/state-store.ts";
import { PROFILE_NAMES, type ProfileName, rulesOf } from "../../model/paging/hardware-rules.ts";
import type { Instruction } from "../../model/paging/instruction.ts";
import { leafEntry, withoutPresent } from "../../model/paging/page-entry.ts";
import { PagingMachine } from "../../model/paging/paging-machine.ts";
import { TableBuilder } from "../../model/paging/table-builder.ts";

/**
 * The may-hold abstraction for one page and two PCIDs in one bit each, beside the explicit machine.
 *
 * A PCID may hold the page from the moment at which it is loaded with P set, until an invalidation that reaches it finds P
 * clear or the PCID not loaded.
 */
interface MayHold {
  present: boolean;
  current: number;
  readonly holds: [boolean, boolean];
}

interface Event {
  readonly name: string;
  readonly explicit: (machine: PagingMachine) => void;
  readonly abstract: (state: MayHold) => void;
}

const PAGE = 0;
const DATA = 15;
const PCIDS = [1, 2] as const;

describe("what a CPU may hold by the abstraction, against what the explicit hardware can come to hold", () => {
  test.for(PROFILE_NAMES.flatMap((profile) => [0, 1].map((structures) => ({ profile, structures }))))(
    "$profile, $structures cached tables: holds no more than it may, and everything it may",
    ({ profile, structures }) => {
      const { unsound, missed } = explore(profile, structures);
      expect(unsound).toEqual([]);
      expect(missed).toEqual([]);
    },
  );

  test("an abstraction that forgets walks on their way is caught", () => {
    const { unsound } = explore("intel", 0, (events) =>
      events.map((event) =>
        event.name === "clear"
          ? { ...event, abstract: (s) => Object.assign(s, { present: false, holds: [false, false] }) }
          : event,
      ),
    );
    expect(unsound.length).toBeGreaterThan(0);
  });
});

interface Disagreement {
  /** Held, though the abstraction says that it cannot be. */
  readonly unsound: readonly string[];
  /** The abstraction says that it may be held, and in no explicit state it is. */
  readonly missed: readonly string[];
}

function explore(
  profile: ProfileName,
  structures: number,
  change = (events: Event[]): Event[] => events,
): Disagreement {
  const { machine, events } = world(profile, structures);
  const changed = change(events);
  const words = machine.words.length + 1;
  const store = new StateStore(words);
  const state = new Uint32Array(words);
  const unsound = new Set<string>();
  const promised = new Set<string>();
  const realised = new Set<string>();
  const keep = (abstract: MayHold): void => {
    state.set(machine.words);
    state[words - 1] = packed(abstract);
    if (store.find(state) >= 0) return;
    store.append(state, NO_PARENT, 0, false);
    for (const [at, pcid] of PCIDS.entries()) {
      const held = holds(machine, pcid);
      const name = `PCID ${pcid} in ${packed(abstract)}`;
      if (held && !abstract.holds[at]) unsound.add(name);
      if (abstract.holds[at]) promised.add(name);
      if (held) realised.add(name);
    }
  };
  keep({ present: true, current: 0, holds: [true, false] });
  for (let at = 0; at < store.count; at++) {
    const source = store.chunkOf(at).slice(store.offsetOf(at), store.offsetOf(at) + words);
    const abstract = source[words - 1] as number;
    machine.restore(source.subarray(0, words - 1));
    for (const action of machine.actions()) {
      machine.restore(source.subarray(0, words - 1));
      machine.perform(action);
      keep(unpacked(abstract));
    }
    for (const event of changed) {
      machine.restore(source.subarray(0, words - 1));
      event.explicit(machine);
      const next = unpacked(abstract);
      event.abstract(next);
      keep(next);
    }
  }
  return { unsound: [...unsound], missed: [...promised].filter((name) => !realised.has(name)) };
}

function holds(machine: PagingMachine, pcid: number): boolean {
  const { translations, walks } = machine.cpu(0);
  return [...translations.all(), ...walks.all().filter(({ loaded }) => loaded)].some((record) => record.pcid === pcid);
}

function world(profile: ProfileName, structures: number): { machine: PagingMachine; events: Event[] } {
  const machine = new PagingMachine({
    rules: rulesOf(profile),
    cpus: 1,
    entries: 2,
    frames: 16,
    variables: 0,
    translations: 2,
    structures,
    walks: 1,
    stores: 0,
    broadcasts: 0,
    speculation: [[PAGE]],
  });
  const tables = new TableBuilder(machine);
  const roots = [tables.table(), tables.table()] as const;
  const leaf = tables.map(roots[0], PAGE, DATA);
  tables.share(roots[1], roots[0], PAGE, 4);
  machine.cpu(0).loadCr3(roots[0], PCIDS[0]);
  const present = leafEntry(DATA, 1);
  const load = (to: 0 | 1, noflush: boolean): Event => ({
    name: `load ${to}${noflush ? ", noflush" : ""}`,
    explicit: (m) => m.execute(0, { op: "write-cr3", root: roots[to], pcid: PCIDS[to], noflush }),
    abstract: (s) => {
      s.current = to;
      s.holds[to] = s.present || (noflush && s.holds[to]);
    },
  });
  const flush = (name: string, instruction: Instruction, reached: (at: number, current: number) => boolean): Event => ({
    name,
    explicit: (m) => m.execute(0, instruction),
    abstract: (s) => {
      for (const at of [0, 1] as const) if (reached(at, s.current)) s.holds[at] = s.present && s.current === at;
    },
  });
  const events: Event[] = [
    {
      name: "set",
      explicit: (m) => m.write(leaf, present),
      abstract: (s) => {
        s.present = true;
        s.holds[s.current === 0 ? 0 : 1] = true;
      },
    },
    {
      name: "clear",
      explicit: (m) => m.write(leaf, withoutPresent(present)),
      abstract: (s) => {
        s.present = false;
      },
    },
    load(0, true),
    load(1, true),
    load(0, false),
    load(1, false),
    flush("invlpg", { op: "invlpg", page: PAGE }, (at, current) => at === current),
    flush("invpcid 0", { op: "invpcid", type: 0, pcid: PCIDS[1], page: PAGE }, (at) => at === 1),
    flush("invpcid 1", { op: "invpcid", type: 1, pcid: PCIDS[1], page: PAGE }, (at) => at === 1),
    flush("invpcid 2", { op: "invpcid", type: 2, pcid: 0, page: PAGE }, () => true),
    flush("invpcid 3", { op: "invpcid", type: 3, pcid: 0, page: PAGE }, () => true),
  ];
  return { machine, events };
}

function packed({ present, current, holds }: MayHold): number {
  return (present ? 1 : 0) | (current << 1) | (holds[0] ? 4 : 0) | (holds[1] ? 8 : 0);
}

function unpacked(word: number): MayHold {
  return { present: (word & 1) !== 0, current: (word >>> 1) & 1, holds: [(word & 4) !== 0, (word & 8) !== 0] };
}
