import type { Kernel } from "../../../model/kernel.ts";
import { MOMENT } from "../../../model/moments.ts";
import { defineProgram, type MicroStep, NEXT, type Program } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import { SPACE_COLUMNS } from "../touches.ts";
import { guestColumns } from "./columns.ts";
import type { AsiSwitches } from "./switches.ts";
import { GUEST_COLUMNS, OWED_COLUMNS, TSO_COLUMNS } from "./touches.ts";

const LOCAL_CLASS = 1;

/**
 * `run_guest(class)`: one turn of a virtual CPU.
 *
 *     asi_enter · note HOST_CR3 · VM entry · (the guest runs) · VM exit: CR3 := HOST_CR3, nothing is invalidated · asi_relax
 *
 * HOST_CR3 is noted inside the critical section, so that it is the restricted one, with the PCID of the slot that is loaded
 * now. An interrupt that arrives while the guest runs is an exit and an entry of its own, in the same address space.
 *
 * - **Context**: task with an mm.
 * - **Source**: `vcpu_enter_guest()`, `vmx_vcpu_run()`; `vmx_set_host_fs_gs()` and the caching of HOST_CR3 in
 *   arch/x86/kvm/vmx/vmx.c; ASI RFC v2, KVM patch.
 */
export function runGuest(enter: Program, exit: Program, switches: AsiSwitches): Program {
  return defineProgram({
    name: "run_guest",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "class", sort: "count" },
    ],
    steps: [
      beginIn(enter),
      ...(switches.sleepsInCriticalSection ? [sleep(exit)] : []),
      noteHostCr3(switches),
      {
        label: "vm_entry",
        imitates: "__vmx_vcpu_run",
        needs: "any",
        cost: "none",
        touches: [...GUEST_COLUMNS, "as.root", "asi_core.target"],
        run: (k, f) => {
          k.of(guestColumns).running.set(k.cpu, f.get(LOCAL_CLASS));
          noteLeavesKernel(k);
          return NEXT;
        },
      },
      vmExit(switches),
      relax(),
    ],
  });
}

/**
 * `syscall_user(class)`: a task returns to user space and comes back. Where the class is protected against user space it is
 * entered before, and stays loaded after: the next syscall begins in it, relaxed.
 *
 * - **Source**: `exit_to_user_mode()`, ASI RFC v1, userspace patches.
 */
export function syscallUser(enter: Program): Program {
  return defineProgram({
    name: "syscall_user",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "class", sort: "count" },
    ],
    steps: [
      beginIn(enter),
      {
        label: "exit_to_user_mode",
        imitates: "exit_to_user_mode",
        needs: "any",
        cost: "none",
        touches: [...GUEST_COLUMNS, "as.root"],
        run: (k, f) => {
          k.of(guestColumns).running.set(k.cpu, f.get(LOCAL_CLASS));
          noteLeavesKernel(k);
          return NEXT;
        },
      },
      {
        label: "enter_from_user_mode",
        imitates: "enter_from_user_mode",
        needs: "any",
        cost: "none",
        touches: [...GUEST_COLUMNS],
        run: (k) => {
          k.of(guestColumns).running.set(k.cpu, 0);
          return NEXT;
        },
      },
      relax(),
    ],
  });
}

/** Says that a guest or user space runs from here on, in the address space that is loaded, where one does. */
export function noteLeavesKernel(k: Kernel): void {
  if (k.of(guestColumns).running.get(k.cpu) !== 0) k.moments.push(MOMENT.leavesKernel, k.cpu, k.spaces.viewOf(k.cpu));
}

/** A kernel thread has no guest and no user space. */
function beginIn(enter: Program): MicroStep {
  return {
    label: "asi_enter",
    imitates: "asi_enter",
    needs: "any",
    cost: "none",
    touches: ["asi_core.taskMm"],
    run: (k, f) =>
      k.of(asiColumns).taskMm.get(k.cpu) >= k.world.mms ? f.return(0) : k.call(enter, 0, f.get(LOCAL_CLASS)),
  };
}

/** cond_resched with a task to be had: context_switch always leaves, and the task comes back to where it slept. */
function sleep(exit: Program): MicroStep {
  return {
    label: "cond_resched",
    imitates: "cond_resched",
    needs: "any",
    cost: "none",
    touches: ["asi_core.target"],
    run: (k) => {
      noteSleep(k);
      return k.call(exit);
    },
  };
}

/** A task gives up its CPU here: never inside a critical section. */
export function noteSleep(k: Kernel): void {
  if (k.of(asiColumns).target.get(k.cpu) !== 0) k.moments.push(MOMENT.sleptTense, k.cpu, 0);
}

function noteHostCr3(switches: AsiSwitches): MicroStep {
  return {
    label: "note_host_cr3",
    imitates: "vmx_set_host_cr3",
    needs: "any",
    cost: "none",
    touches: [...GUEST_COLUMNS, "as.root", "as.pcid"],
    run: (k) => {
      const { hostRoot, hostPcid } = k.of(guestColumns);
      if (switches.staleHostCr3 && hostRoot.get(k.cpu) !== 0) return NEXT;
      hostRoot.set(k.cpu, k.spaces.root(k.cpu) + 1);
      hostPcid.set(k.cpu, k.spaces.pcid(k.cpu) + 1);
      return NEXT;
    },
  };
}

function vmExit(switches: AsiSwitches): MicroStep {
  return {
    label: "vm_exit",
    imitates: "vmx_vmexit",
    needs: "any",
    cost: "none",
    touches: [...GUEST_COLUMNS, ...SPACE_COLUMNS, ...OWED_COLUMNS],
    run: (k) => {
      const { running, hostRoot, hostPcid } = k.of(guestColumns);
      k.fence();
      k.spaces.writeCr3(k.cpu, hostRoot.get(k.cpu) - 1, hostPcid.get(k.cpu) - 1, true);
      running.set(k.cpu, 0);
      // The noted value is dead until it is noted again, unless somebody believes in it.
      if (!switches.staleHostCr3) for (const column of [hostRoot, hostPcid]) column.set(k.cpu, 0);
      return NEXT;
    },
  };
}

/** `asi_relax`: the critical section is over; CR3 stays as it is until something makes the CPU leave. */
function relax(): MicroStep {
  return {
    label: "asi_relax",
    imitates: "asi_relax",
    needs: "any",
    cost: "none",
    touches: ["asi_core.target", ...TSO_COLUMNS],
    run: (k, f) => {
      k.of(asiColumns).target.set(k.cpu, 0);
      return f.return(0);
    },
  };
}
