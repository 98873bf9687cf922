import type { Design } from "../../model/design.ts";
import type { Machine } from "../../model/machine.ts";
import type { FuzzCase } from "../../properties/arbitraries/fuzz-case.ts";
import { Picker } from "../../properties/arbitraries/picker.ts";
import { menuFor } from "../../properties/arbitraries/workload.ts";
import { geometryFor } from "../../properties/arbitraries/world.ts";
import { Judge } from "../judge.ts";
import { scenarioRequests } from "../requests.ts";
import { machineFor } from "../scenario.ts";
import { DEFAULT_SCOPE, parseScope, type Scope } from "../scope.ts";

/** Machines kept for later runs in the same world; a 4,096-page one takes about half a megabyte. */
const MACHINES_MAX = 64;

/** Calls per CPU that a random run keeps topped up, so that it stays an open workload; the most a scope can say. */
export const OPEN_QUOTA = 200;

/** Pages up to which the may-hold ghost is kept entry by entry; above, by epochs, which answer the same. */
const MAY_HOLD_PAGES_MAX = 63;

/** A machine with its judge and scheduler, at the beginning of a run. */
export interface Arena {
  readonly machine: Machine;
  readonly judge: Judge;
  readonly picker: Picker;
}

/**
 * Hands out machines at their initial state, each built once per world and menu and then put back by one copy.
 *
 * - **Shapes, units**: a fixed `scope` takes the place of the case's world; its calls are not a limit here.
 */
export class Arenas {
  private readonly kept = new Map<string, Kept>();
  private readonly requests: number;

  constructor(
    private readonly design: Design,
    private readonly scope: Scope | undefined,
    private readonly judged = true,
  ) {
    this.requests = scenarioRequests(design).length;
  }

  /** The world of a case as a scope. `calls` are given by the caller: open, or those of a recorded run. */
  scopeOf(test: FuzzCase, calls: readonly number[]): Scope {
    const { world } = test;
    const given = this.given(test);
    if (given !== undefined) return { ...given, calls };
    return { ...DEFAULT_SCOPE, ...world, geometry: geometryFor(world.pages), calls };
  }

  menuOf(test: FuzzCase): ReturnType<typeof menuFor> {
    if (this.given(test)?.allocates === false) return [];
    const { geometry } = this.scopeOf(test, []);
    return menuFor(geometry, test.workload, this.requests);
  }

  at(test: FuzzCase): Arena {
    const key = JSON.stringify([test.scope, test.world, test.workload]);
    const kept = this.kept.get(key) ?? this.build(test);
    this.kept.delete(key);
    this.kept.set(key, kept);
    kept.machine.state.words.set(kept.initial);
    kept.machine.clearStep();
    if (this.judged) kept.judge.load();
    kept.judge.reached = 0;
    return kept;
  }

  /** `program/label` of every step that ran on any machine so far, sorted. */
  executed(): string[] {
    for (const kept of this.kept.values()) this.noteExecuted(kept);
    return [...this.ran].sort();
  }

  private readonly ran = new Set<string>();

  /** The scope that takes the place of the case's world: the campaign's, or its own. */
  private given({ scope }: FuzzCase): Scope | undefined {
    return this.scope ?? (scope === undefined ? undefined : parseScope(scope));
  }

  private build(test: FuzzCase): Kept {
    const scope = this.scopeOf(
      test,
      Array.from({ length: test.world.cpus }, () => OPEN_QUOTA),
    );
    const byEntry = test.world.pages <= MAY_HOLD_PAGES_MAX || this.design.protectedMap === "none";
    const translations = byEntry ? scope.translations : "epochs";
    const machine = machineFor(this.design, { ...scope, translations }, this.menuOf(test));
    if (this.kept.size >= MACHINES_MAX) this.evictOldest();
    return {
      machine,
      judge: new Judge(machine, "run"),
      picker: new Picker(machine, test.workload.frees),
      initial: machine.state.words.slice(),
    };
  }

  private evictOldest(): void {
    for (const [key, kept] of this.kept) {
      this.noteExecuted(kept);
      this.kept.delete(key);
      return;
    }
  }

  private noteExecuted({ machine }: Kept): void {
    machine.k.table.names().forEach((name, index) => {
      if (machine.k.executed[index] === 1) this.ran.add(name);
    });
  }
}

interface Kept extends Arena {
  readonly initial: Uint32Array;
}
