import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { CONTEXT_FAULT, MOMENT } from "../../model/moments.ts";
import { atMoments, someDirtyPage } from "../pages.ts";

export const contextRules: Claim = {
  id: "S23",
  kind: "safety",
  statement:
    "An IPI shootdown is always started and awaited with interrupts on, outside hard IRQ, and with no lock held that is ever taken with interrupts off; a task always keeps its CPU from INVLPGB to TLBSYNC; a shared list is always changed under its lock.",
  because:
    "Two CPUs that wait for each other's acknowledgement with interrupts off wait for ever; TLBSYNC waits for its own CPU's INVLPGB only; two CPUs that change one list at once corrupt it.",
  moment:
    "every step that sends or awaits IPIs, broadcasts, or needs interrupts on or the right to sleep; every change of a list; every state with a broadcast under way",
  check: (view) => atMoments(MOMENT.contextFault, broken)(view) ?? lostBroadcast(view),
  recheck: (view) => atMoments(MOMENT.contextFault, broken)(view) ?? lostBroadcast(view),
  reach: {
    statement: "A page is unmapped, or any allocator step runs in a design that never flushes.",
    occurs: (view) =>
      view.machine.world.contexts === 0 || someDirtyPage(view, (pfn) => !view.machine.k.hw.discharged(pfn)),
  },
};

function broken(_view: ClaimView, cpu: number, fault: number): Witness | undefined {
  return {
    cpu,
    conjunct: "each step runs in a context in which it may run",
    operands: { cpu, context: describe(fault) },
    text: `cpu${cpu} takes a step that its context forbids: ${describe(fault)}`,
  };
}

/** INVLPGB has been executed, TLBSYNC has not, and nothing keeps the task on the CPU that would have to execute it. */
function lostBroadcast({ machine: { k, world } }: ClaimView): Witness | undefined {
  if (world.spaces === undefined) return undefined;
  for (let cpu = 0; cpu < world.cpus; cpu++) {
    if (!k.spaces.isBroadcasting(cpu) || !k.isPreemptible(cpu)) continue;
    return {
      cpu,
      conjunct: "a task keeps its CPU from INVLPGB to TLBSYNC",
      operands: { cpu, broadcast: "under way", preemption: "on" },
      text: `cpu${cpu} has broadcast an invalidation and may go on to other work before TLBSYNC`,
    };
  }
  return undefined;
}

function describe(fault: number): string {
  switch (fault) {
    case CONTEXT_FAULT.irqsOff:
      return "interrupts are off";
    case CONTEXT_FAULT.lockHeld:
      return "it holds a lock that is taken with interrupts off";
    case CONTEXT_FAULT.hardIrq:
      return "it runs in an interrupt";
    case CONTEXT_FAULT.unlocked:
      return "it changes a list without holding the list's lock";
    case CONTEXT_FAULT.preemptible:
      return "preemption is on while its broadcast is under way";
    default:
      return "it may not sleep";
  }
}
