import { describe, expect, test } from "vitest";
import { machineFor } from "../../harness/scenario.ts";
import { parseScope } from "../../harness/scope.ts";
import { verifyDesign } from "../../harness/verify.ts";
import {
  cutLeaf,
  mapsItsTables,
  mirrorsNothing,
  mirrorsPresent,
  rawEncoding,
  splitInPlace,
  splitUnflushed,
  tableFreedFirst,
  upperEntry,
} from "../../impl/designs/canaries/maps.ts";
import {
  inStepProbe,
  onDemandMirror,
  onDemandProbe,
  splitProbe,
  zeroPageProbe,
} from "../../impl/designs/map-probe/strategies.ts";
import { ACTION, actionCpu, actionKind, encodeAction, stepChoice, stepLevel } from "../../model/action.ts";
import type { Recorder } from "../../model/column.ts";
import type { Design } from "../../model/design.ts";
import type { Machine } from "../../model/machine.ts";
import { MOMENT } from "../../model/moments.ts";

const NONSENSITIVE = 0;
const SENSITIVE = 1;
const BLOCK_PAGES = 4;

function verify(design: Design, scope: string, stopAt?: readonly string[]) {
  return verifyDesign(design, { scope: parseScope(scope), ...(stopAt === undefined ? {} : { stopAt }) });
}

describe("strategies for the restricted map", () => {
  test.each([
    ["map-probe-split in direct-map", splitProbe, "direct-map", 11_296, ["S14", "S15", "S25", "S27"]],
    ["map-probe-split in encrypt", splitProbe, "encrypt", 5_573, ["S15", "S25", "S27"]],
    // Without the lock on sizes a split puts back what the other CPU's flip has cleared: S2 and S13, in 41 steps.
    [
      "map-probe-split beside flips towards sensitive",
      splitProbe,
      "split,setup=flipped,calls=1+1",
      55_658,
      ["S2", "S25"],
    ],
    ["map-probe-in-step in direct-map", inStepProbe, "direct-map", 13_601, ["S14", "S15", "S25", "S27", "S31", "L6"]],
    ["map-probe-in-step in encrypt", inStepProbe, "encrypt", 8_191, ["S15", "S25", "S27", "S31"]],
    ["map-probe-in-step in memory-hotplug", inStepProbe, "memory-hotplug", 2_421, ["S14", "S15", "S31"]],
    ["map-probe-on-demand in tables", onDemandProbe, "tables", 4_668, ["S24", "S26", "L6"]],
    ["map-probe-on-demand-mirror in direct-map", onDemandMirror, "direct-map", 10_778, ["S14", "S15", "L6"]],
    ["map-probe-on-demand-mirror in memory-hotplug", onDemandMirror, "memory-hotplug", 2_795, ["S14", "S15", "L6"]],
    [
      "map-probe-on-demand-mirror in memory-hotplug-tables",
      onDemandMirror,
      "memory-hotplug-tables",
      940,
      ["S14", "S24"],
    ],
  ] as const)(
    "%s keeps every claim, exhaustively, and its dangers occur there",
    (_name, design, scope, states, dangers) => {
      const { evidence } = verify(design, scope);
      expect([...evidence].filter(([, { verdict }]) => verdict !== "holds")).toEqual([]);
      expect([...evidence.values()][0]?.states).toBe(states);
      expect(dangers.filter((id) => evidence.get(id)?.reached !== true)).toEqual([]);
    },
  );

  test("S24 holds where another table follows a freed one, at tables,calls=5", () => {
    const { evidence } = verify(onDemandProbe, "tables,calls=5");
    expect(evidence.get("S24")).toMatchObject({ verdict: "holds", reached: true, states: 12_794 });
  });
});

describe("canaries of the restricted map", () => {
  test.each([
    ["S6 canary-upper-entry", upperEntry, { S6: [2, 1], S24: [3, 1] }],
    ["S24 canary-table-freed-first", tableFreedFirst, { S24: [3, 1] }],
    ["S25 canary-split-unflushed", splitUnflushed, { S25: [3, 1] }],
    ["REFINE-physmap canary-split-in-place", splitInPlace, { S25: [3, 1], "REFINE-physmap": [2, 1] }],
    ["S27 canary-cut-leaf", cutLeaf, { S27: [2, 1] }],
    [
      "S15 canary-mirrors-present",
      mirrorsPresent,
      { S2: [3, 1], S3: [4, 1], S13: [3, 1], S15: [1, 1], S16a: [4, 1], "REFINE-page": [4, 1] },
    ],
    ["S14 canary-mirrors-nothing", mirrorsNothing, { S14: [2, 1] }],
    ["S31 canary-raw-encoding", rawEncoding, { S31: [1, 1] }],
    ["L6 canary-maps-its-tables", mapsItsTables, { L6: [1, 1] }],
  ] as const)(
    "%s › is broken as declared and in no other way, in the pinned numbers of events and CPUs",
    (_name, design, expected) => {
      const { counterexamples } = verify(design, design.worlds?.[0] ?? "");
      const found = [...counterexamples].map(([id, { events, steps }]) => [
        id,
        [events, new Set(steps.map(({ action }) => action.cpu)).size],
      ]);
      expect(Object.fromEntries(found)).toEqual(expected);
      expect(new Set(design.breaks.map(({ claim }) => claim))).toEqual(new Set(Object.keys(expected)));
    },
  );
});

describe("a flip for which a table, or a leaf, cannot be had (W12)", () => {
  test.each([0, 1, 2, 3, 4])("leaves nothing mapped and the label as it was when choice %i fails", (position) => {
    const machine = machineFor(onDemandProbe, parseScope("tables"));
    start(machine, NONSENSITIVE);
    let fallible = 0;
    run(machine, (choices) => (choices.length === 2 && fallible++ === position ? choices[1] : choices[0]));
    expect(fallible).toBe(position + 1);
    for (let pfn = 0; pfn < machine.world.pages; pfn++) expect(machine.k.hw.isPresent(pfn)).toBe(false);
    expect(onDemandProbe.sensitiveBlock?.(machine.k, 0)).toBe(true);
    expect(machine.k.ledger.order(0)).toBe(-1);
  });
});

describe("memory failure and unpoison, on a block of each label (W9)", () => {
  test.each([splitProbe, inStepProbe, onDemandMirror].map((design) => [design.id, design] as const))(
    "%s › a page leaves both maps and comes back to the direct map alone",
    (_id, design) => {
      const machine = machineFor(design, parseScope("direct-map"));
      start(machine, NONSENSITIVE);
      run(machine);
      start(machine, SENSITIVE);
      run(machine);
      const secret = [...Array(machine.world.pages).keys()].find((pfn) => machine.k.hw.tag(pfn) >= 2) ?? -1;
      expect(secret).toBeGreaterThanOrEqual(BLOCK_PAGES);
      for (const pfn of [1, 5]) {
        call(machine, "set_mce_nospec", pfn);
        expect([machine.k.spaces.isDirectPresent(pfn), machine.k.hw.isPresent(pfn)]).toEqual([false, false]);
        call(machine, "clear_mce_nospec", pfn);
        expect([machine.k.spaces.isDirectPresent(pfn), machine.k.hw.isPresent(pfn)]).toEqual([true, false]);
      }
      expect([0, 2, 3].every((pfn) => machine.k.hw.isPresent(pfn))).toBe(true);
    },
  );

  test("S14 › a page that became read-only is read-only in the restricted map when the call returns", () => {
    const machine = machineFor(splitProbe, parseScope("direct-map"));
    start(machine, NONSENSITIVE);
    run(machine);
    call(machine, "set_memory_ro", 1);
    expect(machine.k.spaces.isRestrictedReadOnly(1)).toBe(true);
    expect(machine.k.hw.isPresent(1)).toBe(true);
    call(machine, "set_memory_rw", 1);
    expect(machine.k.spaces.isRestrictedReadOnly(1)).toBe(false);
  });
});

describe("steps of the restricted map and of the direct map's actors", () => {
  const WALKS = [
    ["map-probe-split in split", splitProbe, "split"],
    ["map-probe-in-step in direct-map", inStepProbe, "direct-map"],
    ["map-probe-in-step in encrypt", inStepProbe, "encrypt"],
    ["map-probe-on-demand-mirror in memory-hotplug", onDemandMirror, "memory-hotplug"],
    ["map-probe-on-demand in tables", onDemandProbe, "tables"],
    ["map-probe-zero-page in zero-page", zeroPageProbe, "zero-page"],
  ] as const;

  test.each(WALKS)("%s touches no column it does not declare", (_name, design, scope) => {
    const undeclared = new Set<string>();
    let allowed: ReadonlySet<string> | undefined;
    let name = "";
    const note = (column: string): void => {
      if (allowed !== undefined && !allowed.has(column)) undeclared.add(`${name} ${column}`);
    };
    const recorder: Recorder = { read: note, write: note };
    for (let seed = 1; seed <= 12; seed++) {
      const machine = machineFor(
        design,
        parseScope(`${scope},calls=${scope === "split" || scope === "zero-page" ? "20+20" : "40"}`),
        undefined,
        recorder,
      );
      walk(machine, seed, 600, (action) => {
        machine.clearStep();
        if (actionKind(action) !== ACTION.step) return void machine.perform(action);
        const [cpu, level] = [actionCpu(action), stepLevel(action)];
        const step = machine.k.stepAt(cpu, level);
        name = `${machine.k.programAt(cpu, level).name}/${step.label}`;
        allowed = new Set([...MACHINERY, ...step.touches]);
        machine.perform(action);
        allowed = undefined;
      });
    }
    expect([...undeclared].sort()).toEqual([]);
  });

  test.each(WALKS)("%s leaves the state as it was when it is blocked", (_name, design, scope) => {
    const machine = machineFor(design, parseScope(scope));
    const before = new Uint32Array(machine.state.words.length);
    walk(machine, 5, 600, (action) => {
      machine.state.save(before);
      machine.clearStep();
      if (!machine.perform(action)) expect(machine.state.words).toEqual(before);
    });
  });
});

/** Written by the machinery for every step, read by the check of its context, and by the ledger when it hands out. */
const MACHINERY = [
  "cpu.pc",
  "cpu.depth",
  "cpu.local",
  "cpu.running",
  "cpu.irqsOff",
  "cpu.lockHolder",
  "asi_core.taskMm",
];

function start(machine: Machine, entry: number): void {
  machine.perform(encodeAction(ACTION.alloc, 0, entry));
}

function call(machine: Machine, name: string, pfn: number): void {
  machine.grant(0, 1);
  const index = machine.callMenu.findIndex((entry) => entry.call === name && entry.args[0] === pfn + 1);
  machine.perform(encodeAction(ACTION.call, 0, index));
  run(machine);
}

/** Runs the task of CPU 0 to its end; `choose` picks among the ways its next step can go. */
function run(machine: Machine, choose: (choices: readonly number[]) => number | undefined = (all) => all[0]): void {
  for (;;) {
    const steps: number[] = [];
    machine.enumerate((action) => {
      if (actionKind(action) === ACTION.step) steps.push(action);
    });
    steps.sort((a, b) => stepChoice(a) - stepChoice(b));
    const action = choose(steps);
    if (action === undefined) return;
    machine.clearStep();
    machine.perform(action);
  }
}

/** A walk that any enabled action may continue, by a linear congruential generator. */
function walk(machine: Machine, seed: number, length: number, take: (action: number) => void): void {
  let random = seed;
  for (let i = 0; i < length; i++) {
    const actions: number[] = [];
    machine.enumerate((action) => {
      actions.push(action);
    });
    if (actions.length === 0) return;
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    take(actions[(random >>> 8) % actions.length] as number);
    if (machine.k.moments.has(MOMENT.placeConflict)) return;
  }
}
