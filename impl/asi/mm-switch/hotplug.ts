import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { BLOCKED, defineProgram, type MicroStep, NEXT, type Outcome, type Program } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import { UNRESTRICTED } from "../../../model/spaces.ts";
import { slotsOf, tlbState } from "../tlb-state.ts";
import { CORE_COLUMNS, SPACE_COLUMNS } from "../touches.ts";
import { forgetSlotGens } from "../transitions/generations.ts";
import type { AsiSwitches } from "../transitions/switches.ts";
import { OWED_COLUMNS } from "../transitions/touches.ts";

/**
 * `cpu_down`: the CPU takes itself out of the online mask while every other CPU stands still, and only then gives up its mm.
 *
 *     idle thread, lazy · stop_machine: interrupts off, offline · idle_task_exit: switch to init_mm · halt
 *
 * Standing still means preemptible: a CPU that has computed whom to interrupt, or waits for answers, is not. The last CPU that
 * is online stays so (-EBUSY).
 *
 * - **Context**: task.
 * - **Source**: `take_cpu_down()` in kernel/cpu.c, `idle_task_exit()` in kernel/sched/core.c.
 * - **Leaves out**: the moving of interrupts and of work to other CPUs.
 */
export function cpuDown(exit: Program, switchMm: Program): Program {
  return defineProgram({
    name: "cpu_down",
    role: "inner",
    locals: [{ name: "result", sort: "count" }],
    steps: [
      {
        label: "run_idle",
        imitates: "context_switch",
        needs: "any",
        cost: "none",
        touches: CORE_COLUMNS,
        run: (k) => {
          k.of(asiColumns).taskMm.set(k.cpu, k.world.mms);
          return NEXT;
        },
      },
      silent("leave_asi", "asi_exit", (k) => k.call(exit)),
      {
        label: "take_cpu_down",
        imitates: "take_cpu_down",
        needs: "any",
        cost: "none",
        touches: [...CORE_COLUMNS, "cpu.irqsOff", "cpu.preemptOff", "cpu.depth"],
        run: (k, f) => {
          const c = k.of(asiColumns);
          if (isLastOnline(k)) return f.return(0);
          if (!othersStandStill(k)) return BLOCKED;
          c.lazy.set(k.cpu, c.loadedMm.get(k.cpu) === k.world.mms ? 0 : 1);
          k.irqsDisable();
          c.offline.set(k.cpu, 1);
          return NEXT;
        },
      },
      silent("idle_task_exit", "idle_task_exit", (k) => k.call(switchMm, 0, k.world.mms + 1)),
      silent("play_dead", "play_dead", (_k, f) => f.return(0)),
    ],
  });
}

/**
 * `cpu_up`, on the CPU itself: nothing that its TLB held counts, and every slot starts afresh before anybody sees it online.
 *
 * - **Context**: interrupts off since it went down.
 * - **Source**: `start_secondary()`, `initialize_tlbstate_and_flush()` in arch/x86/mm/tlb.c, v6.12; the generations as in the
 *   series of 2022.
 */
export function cpuUp(switches: AsiSwitches): Program {
  return defineProgram({
    name: "cpu_up",
    role: "inner",
    locals: [{ name: "result", sort: "count" }],
    steps: [
      {
        label: "initialize_tlbstate",
        imitates: "initialize_tlbstate_and_flush",
        needs: "any",
        cost: "none",
        touches: [...CORE_COLUMNS, ...SPACE_COLUMNS, ...OWED_COLUMNS, "tlbstate.nextAsid", "tlbstate.taints"],
        run: (k) => {
          if (!switches.onlineKeepsTlb) initializeTlbState(k);
          return NEXT;
        },
      },
      {
        label: "set_cpu_online",
        imitates: "start_secondary",
        needs: "any",
        cost: "none",
        touches: [...CORE_COLUMNS, "cpu.irqsOff"],
        run: (k, f) => {
          k.of(asiColumns).offline.set(k.cpu, 0);
          k.irqsEnable();
          return f.return(0);
        },
      },
    ],
  });
}

function initializeTlbState(k: Kernel): void {
  const c = k.of(tlbState);
  const slots = slotsOf(k.world);
  k.fence();
  k.spaces.writeCr3(k.cpu, k.spaces.rootOf(k.world.mms, UNRESTRICTED), k.spaces.pcidOf(0, UNRESTRICTED), false);
  c.loadedAsid.set(k.cpu, 0);
  c.nextAsid.set(k.cpu, 1 % slots);
  c.invalidateOther.set(k.cpu, 0);
  c.taints.set(k.cpu, 0);
  for (let slot = 0; slot < slots; slot++) {
    c.ctxMm.set(k.cpu * slots + slot, slot === 0 ? k.world.mms + 1 : 0);
    c.ctxGen.set(k.cpu * slots + slot, slot === 0 ? c.mmGen.get(k.world.mms) : 0);
    forgetSlotGens(k, k.cpu, slot);
  }
}

/** stop_machine: every other CPU that is online could run the stopper. */
function othersStandStill(k: Kernel): boolean {
  const { offline } = k.of(asiColumns);
  for (let cpu = 0; cpu < k.world.cpus; cpu++)
    if (cpu !== k.cpu && offline.get(cpu) === 0 && !k.isPreemptible(cpu)) return false;
  return true;
}

function isLastOnline(k: Kernel): boolean {
  const { offline } = k.of(asiColumns);
  for (let cpu = 0; cpu < k.world.cpus; cpu++) if (cpu !== k.cpu && offline.get(cpu) === 0) return false;
  return true;
}

function silent(label: string, imitates: string, run: (k: Kernel, f: Frame) => Outcome): MicroStep {
  return { label, imitates, needs: "any", cost: "none", touches: [], run };
}
