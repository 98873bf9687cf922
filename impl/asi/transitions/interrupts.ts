import type { Frame } from "../../../model/frame.ts";
import { type Kernel, LEVEL_HARDIRQ, LEVEL_NMI } from "../../../model/kernel.ts";
import { defineProgram, type MicroStep, NEXT, type Program } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import { noteLeavesKernel } from "./run-guest.ts";
import type { AsiSwitches } from "./switches.ts";
import { GUEST_COLUMNS } from "./touches.ts";

/** Of the wrapper of an IPI's handler: who sent it. */
const LOCAL_INITIATOR = 0;

export interface InterruptPrograms {
  /** Wraps the handler of an IPI; local 0 is the initiator's link. */
  readonly entry: Program;
  readonly device: Program;
  readonly nmi: Program;
}

/**
 * What ASI adds to every interrupt: count the nesting, run the handler in whatever address space was interrupted, and enter
 * an interrupted critical section again before control goes back to it.
 *
 *     asi_intr_enter: nest++ · handler, which may fault and so leave · asi_intr_exit: nest--, at 0 __asi_enter
 *
 * A device's handler either stays in what is mapped or touches sensitive memory and faults; an NMI's either leaves or does
 * not. Only the outermost enters again, since what is interrupted by an interrupt is no critical section of a task.
 *
 * - **Context**: hard IRQ; NMI.
 * - **Source**: `asi_intr_enter()`, `asi_intr_exit()` of ASI RFC v2.
 */
export function interruptPrograms(exit: Program, again: Program, switches: AsiSwitches): InterruptPrograms {
  const epilogue = [intrExit(), enterAgain(again, switches), resumeGuest()];
  return {
    entry: defineProgram({
      name: "asm_sysvec_call_function",
      role: "handler",
      locals: [{ name: "initiator", sort: "cpu", link: true }],
      steps: [intrEnter(), handle(), ...epilogue],
    }),
    device: defineProgram({
      name: "common_interrupt",
      role: "handler",
      locals: [{ name: "result", sort: "count" }],
      steps: [intrEnter(), mayLeave("handle_irq", "generic_handle_irq", exit), ...epilogue],
    }),
    nmi: defineProgram({
      name: "exc_nmi",
      role: "handler",
      locals: [{ name: "result", sort: "count" }],
      steps: [intrEnter(), mayLeave("handle_nmi", "default_do_nmi", exit), ...epilogue],
    }),
  };
}

function intrEnter(): MicroStep {
  return {
    label: "intr_enter",
    imitates: "asi_intr_enter",
    needs: "any",
    cost: "none",
    touches: ["asi_core.nest"],
    run: (k) => {
      const { nest } = k.of(asiColumns);
      nest.set(k.cpu, nest.get(k.cpu) + 1);
      return NEXT;
    },
  };
}

function handle(): MicroStep {
  return {
    label: "handle",
    imitates: "generic_smp_call_function_single_interrupt",
    needs: "any",
    cost: "none",
    touches: ["ipi.handler"],
    run: (k, f) => {
      const initiator = f.get(LOCAL_INITIATOR);
      return k.call(k.handlerOf(initiator - 1), initiator);
    },
  };
}

/** The handler runs on memory that is mapped everywhere, or does not: its page fault then leaves. */
function mayLeave(label: string, imitates: string, exit: Program): MicroStep {
  return {
    label,
    imitates,
    needs: "any",
    cost: "none",
    touches: [],
    choices: () => 2,
    run: (k, _f, choice) => (choice === 0 ? NEXT : k.call(exit)),
  };
}

function intrExit(): MicroStep {
  return {
    label: "intr_exit",
    imitates: "asi_intr_exit",
    needs: "any",
    cost: "none",
    touches: ["asi_core.nest"],
    run: (k, f) => {
      const { nest } = k.of(asiColumns);
      nest.set(k.cpu, nest.get(k.cpu) - 1);
      return nest.get(k.cpu) === 0 ? NEXT : f.return(0);
    },
  };
}

function enterAgain(again: Program, switches: AsiSwitches): MicroStep {
  return {
    label: "enter_again",
    imitates: "asi_intr_exit",
    needs: "any",
    cost: "none",
    touches: [],
    run: (k) => (switches.interruptForgetsTarget ? NEXT : k.call(again)),
  };
}

/** iret, or the next VM entry when it was a guest that was interrupted. */
function resumeGuest(): MicroStep {
  return {
    label: "iret",
    imitates: "irqentry_exit",
    needs: "any",
    cost: "none",
    touches: [...GUEST_COLUMNS, "as.root", "cpu.depth"],
    run: (k: Kernel, f: Frame) => {
      const intoHandler = k.level === LEVEL_NMI && k.depth(k.cpu, LEVEL_HARDIRQ) > 0;
      if (!intoHandler) noteLeavesKernel(k);
      return f.return(0);
    },
  };
}
