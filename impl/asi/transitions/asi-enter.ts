import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { defineProgram, type MicroStep, NEXT, type Outcome, type Program } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import { tlbState } from "../tlb-state.ts";
import { SPACE_COLUMNS } from "../touches.ts";
import { entryColumns } from "./columns.ts";
import { loadCurrAsi, storeCurrAsi } from "./curr-asi.ts";
import { genOf, pcidsPerCpu } from "./generations.ts";
import type { AsiOptions } from "./switches.ts";
import { policyOf } from "./taints.ts";
import { OWED_COLUMNS, TSO_COLUMNS } from "./touches.ts";

/** Of `__asi_enter`: the class to enter, and whether its PCID is flushed by the CR3 write to come. */
const LOCAL_TARGET = 1;
const LOCAL_FLUSH = 2;

/**
 * `__asi_enter`: goes to where the task's target says it should run.
 *
 *     n1 n2 already there, or mid-switch? return · n3 curr_asi := t · n4 flush control if tainted
 *     (generations: full barrier, read the newest) · n5 CR3 := restricted · (record it) · n6 flush data if tainted · n7 taint
 *
 * curr_asi is written before CR3, so that an interrupting asi_exit knows what to undo. An interrupt between any two steps may
 * leave again and, in its epilogue, enter again: what this entry then repeats is harmless. A generation it read may be older
 * than what the interrupt recorded, and costs one flush more later.
 *
 * - **Context**: not preemptible; interrupts on or off, epilogue of an interrupt or NMI at nest depth 0.
 * - **Shapes, units**: with `unpublished`, local 1 is the class, which the task's target does not say yet.
 * - **Source**: `__asi_enter()` of ASI RFC v2; the generations of the series of 2022.
 */
export function asiEnterAgain(options: AsiOptions): Program {
  const { transitions, switches } = options;
  const generations = transitions === "generations";
  return defineProgram({
    name: "__asi_enter",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "target", sort: "count" },
      { name: "flush", sort: "bool" },
    ],
    steps: [
      checkTarget(options),
      ...(switches.currAsiAfterCr3 ? [] : [writeCurrAsi(options, true), flushControl()]),
      ...(generations ? [readGens(options)] : []),
      writeCr3(options),
      ...(switches.currAsiAfterCr3 ? [writeCurrAsi(options, false)] : []),
      ...(generations ? [recordGens()] : []),
      flushData(),
      setTaints(),
    ],
  });
}

/**
 * `asi_enter`: begins a critical section of a class.
 *
 *     e1 target := class · e2 compiler barrier · e3 __asi_enter
 *
 * The target is set first: an NMI between CR3 and the target would leave, and see no reason to enter again.
 *
 * - **Shapes, units**: local 1 is the class.
 */
export function asiEnter(again: Program, { switches }: AsiOptions): Program {
  const setTarget: MicroStep = {
    label: "set_target",
    imitates: "asi_set_target",
    needs: "any",
    cost: "none",
    touches: ["asi_core.target"],
    run: (k, f) => {
      k.of(asiColumns).target.set(k.cpu, f.get(LOCAL_TARGET));
      return NEXT;
    },
  };
  const enter: MicroStep = {
    label: "enter",
    imitates: "asi_enter",
    needs: "any",
    cost: "none",
    touches: [],
    run: (k, f) => k.call(again, 0, switches.targetAfterSwitch ? f.get(LOCAL_TARGET) : 0),
  };
  const leave: MicroStep = { ...enter, label: "return", run: (_k, f) => f.return(0) };
  return defineProgram({
    name: "asi_enter",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "class", sort: "count" },
    ],
    steps: switches.targetAfterSwitch ? [enter, setTarget, leave] : [setTarget, enter, leave],
  });
}

function checkTarget({ switches }: AsiOptions): MicroStep {
  return {
    label: "check_target",
    imitates: "__asi_enter",
    needs: "any",
    cost: "none",
    touches: ["asi_core.target", "asi_core.currAsi", "asi_core.loadedMm", ...TSO_COLUMNS],
    run: (k, f) => {
      const c = k.of(asiColumns);
      const target = (switches.targetAfterSwitch ? f.get(LOCAL_TARGET) : 0) || c.target.get(k.cpu);
      if (target === 0 || target === loadCurrAsi(k)) return f.return(0);
      // Inside switch_mm there is no slot to enter; the kernel warns.
      if (c.loadedMm.get(k.cpu) > k.world.mms) return f.return(0);
      f.set(LOCAL_TARGET, target);
      return NEXT;
    },
  };
}

function writeCurrAsi({ transitions }: AsiOptions, flushFollows: boolean): MicroStep {
  return {
    label: "write_curr_asi",
    imitates: "__asi_enter",
    needs: "any",
    cost: "none",
    touches: ["asi_core.currAsi", "tlbstate.taints", ...TSO_COLUMNS],
    run: (k, f) => {
      storeCurrAsi(k, transitions, f.get(LOCAL_TARGET));
      if (!flushFollows) return NEXT;
      return skipUnless(f, "flush_control", taintsOf(k) & policyOf(f.get(LOCAL_TARGET)).preventControl);
    },
  };
}

function flushControl(): MicroStep {
  return {
    label: "flush_control",
    imitates: "maybe_flush_control",
    needs: "any",
    cost: "none",
    touches: ["tlbstate.taints"],
    run: (k, f) => {
      setTaintsTo(k, taintsOf(k) & ~policyOf(f.get(LOCAL_TARGET)).preventControl);
      return NEXT;
    },
  };
}

/** A flusher first bumps the generation and then looks at curr_asi: with a barrier here, one of the two sees the other. */
function readGens({ switches }: AsiOptions): MicroStep {
  return {
    label: "read_gens",
    imitates: "__asi_enter",
    needs: "any",
    cost: "none",
    touches: [
      "tlbstate.globalGen",
      "tlbstate.pcidGen",
      "tlbstate.loadedAsid",
      "asi_entry.gen",
      "asi_entry.keeps",
      ...TSO_COLUMNS,
    ],
    run: (k, f) => {
      if (!switches.gensReadUnfenced) k.fence();
      const latest = k.load(k.of(tlbState).globalGen, 0);
      k.of(entryColumns).gen.set(entryRow(k), latest);
      const behind = genOf(k, k.cpu, targetPcid(k, f)) < latest;
      f.set(LOCAL_FLUSH, behind ? 1 : 0);
      k.of(entryColumns).keeps.set(entryRow(k), behind ? 0 : targetPcid(k, f) + 1);
      return NEXT;
    },
  };
}

function writeCr3({ transitions, switches }: AsiOptions): MicroStep {
  return {
    label: "write_cr3",
    imitates: "build_asi_cr3",
    needs: "any",
    cost: "none",
    touches: [...SPACE_COLUMNS, ...OWED_COLUMNS, "tlbstate.taints"],
    run: (k, f) => {
      k.fence();
      const keeps = switches.enterKeepsEntries || (transitions === "generations" && f.get(LOCAL_FLUSH) === 0);
      const root = k.spaces.rootOf(k.spaces.mmOf(k.cpu), f.get(LOCAL_TARGET));
      k.spaces.writeCr3(k.cpu, root, targetPcid(k, f), keeps);
      k.of(entryColumns).keeps.set(entryRow(k), 0);
      if (transitions === "generations" || switches.currAsiAfterCr3) return NEXT;
      return skipUnless(f, "flush_data", taintsOf(k) & policyOf(f.get(LOCAL_TARGET)).protectData);
    },
  };
}

function recordGens(): MicroStep {
  return {
    label: "record_gens",
    imitates: "__asi_enter",
    needs: "any",
    cost: "none",
    touches: ["tlbstate.pcidGen", "tlbstate.loadedAsid", "tlbstate.taints", "asi_entry.gen"],
    run: (k, f) => {
      const { gen } = k.of(entryColumns);
      k.of(tlbState).pcidGen.set(k.cpu * pcidsPerCpu(k) + targetPcid(k, f), gen.get(entryRow(k)));
      gen.set(entryRow(k), 0);
      return skipUnless(f, "flush_data", taintsOf(k) & policyOf(f.get(LOCAL_TARGET)).protectData);
    },
  };
}

function flushData(): MicroStep {
  return {
    label: "flush_data",
    imitates: "maybe_flush_data",
    needs: "any",
    cost: "none",
    touches: ["tlbstate.taints"],
    run: (k, f) => {
      setTaintsTo(k, taintsOf(k) & ~policyOf(f.get(LOCAL_TARGET)).protectData);
      return NEXT;
    },
  };
}

function setTaints(): MicroStep {
  return {
    label: "set_taints",
    imitates: "__asi_enter",
    needs: "any",
    cost: "none",
    touches: ["tlbstate.taints"],
    run: (k, f) => {
      setTaintsTo(k, taintsOf(k) | policyOf(f.get(LOCAL_TARGET)).set);
      return f.return(0);
    },
  };
}

/** Goes to the flush that follows when the CPU is tainted, else past it. */
function skipUnless(f: Frame, flush: string, tainted: number): Outcome {
  return tainted !== 0 ? NEXT : f.goto(flush) + 1;
}

function targetPcid(k: Kernel, f: Frame): number {
  return k.spaces.pcidOf(k.of(tlbState).loadedAsid.get(k.cpu), f.get(LOCAL_TARGET));
}

function entryRow(k: Kernel): number {
  return k.cpu * k.world.stacks.levels.length + k.level;
}

function taintsOf(k: Kernel): number {
  return k.of(tlbState).taints.get(k.cpu);
}

function setTaintsTo(k: Kernel, taints: number): void {
  k.of(tlbState).taints.set(k.cpu, taints);
}
