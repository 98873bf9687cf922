import type { AsiCore } from "../../../model/design.ts";
import type { Kernel } from "../../../model/kernel.ts";
import type { Program } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import { UNRESTRICTED } from "../../../model/spaces.ts";
import { switchColumns } from "../mm-switch/columns.ts";
import { contextSwitch, kthreadUseMm, leaveMm } from "../mm-switch/context-switch.ts";
import { cpuDown, cpuUp } from "../mm-switch/hotplug.ts";
import { switchMm } from "../mm-switch/switch-mm.ts";
import { slotsOf, tlbState } from "../tlb-state.ts";
import { asiEnter, asiEnterAgain } from "./asi-enter.ts";
import { asiExit } from "./asi-exit.ts";
import { entryColumns, guestColumns } from "./columns.ts";
import { FIRST_GENERATION, genOf, slotOwes } from "./generations.ts";
import { interruptPrograms } from "./interrupts.ts";
import { touchPage, unmapDirect } from "./page-fault.ts";
import { runGuest, syscallUser } from "./run-guest.ts";
import type { AsiOptions } from "./switches.ts";

/** The core with the programs that other parts of a design call. */
export interface AsiCpu extends AsiCore {
  /** `asi_exit()`: from any context, no arguments. */
  readonly exit: Program;
  /** `switch_mm_irqs_off()`: local 1 the mm's link, local 0 what it is to answer. */
  readonly switchMm: Program;
  /** `leave_mm()`: to init_mm; answers what it finds in local 0. */
  readonly leaveMm: Program;
}

/**
 * The CPU's side of ASI: entering, leaving, interrupts, page faults, guests, switching mms and slots, lazy mode, hotplug.
 *
 * Calls a scenario may make: `run_guest(class)`, `syscall_user(class)`, `asi_exit`, `touch_page(page link)`,
 * `debug_pagealloc_unmap(page link)`, `context_switch(mm link)` (mm `mms` is a kernel thread), `kthread_use_mm(mm link)`,
 * `cpu_down`, and on an offline CPU `cpu_up`.
 *
 * - **Shapes, units**: `transitions` says which CR3 writes flush: all of them, or those whose generation is behind.
 * - **Source**: ASI RFC v2 (January 2025); for generations the series of 2022; arch/x86/mm/tlb.c, v6.12.
 */
export function asiCore(options: AsiOptions): AsiCpu {
  const { switches } = options;
  const exit = asiExit(options);
  const again = asiEnterAgain(options);
  const enter = asiEnter(again, options);
  const switchTo = switchMm(switches);
  const leave = leaveMm(switchTo);
  const interrupts = interruptPrograms(exit, again, switches);
  const calls = {
    run_guest: runGuest(enter, exit, switches),
    syscall_user: syscallUser(enter),
    asi_exit: exit,
    touch_page: touchPage(exit, again, switches),
    debug_pagealloc_unmap: unmapDirect,
    context_switch: contextSwitch(exit, switchTo),
    kthread_use_mm: kthreadUseMm(exit, switchTo, switches),
    cpu_down: cpuDown(exit, switchTo),
    cpu_up: cpuUp(switches),
  };
  const { entry, device, nmi } = interrupts;
  return {
    groups: [tlbState, guestColumns, entryColumns, switchColumns],
    programs: [...new Set([exit, again, enter, switchTo, leave, entry, device, nmi, ...Object.values(calls)])],
    interruptEntry: entry,
    deviceInterrupt: device,
    nmi,
    calls,
    globals: switches.globalKernel,
    owes: options.transitions === "flush" ? owesByPolicy : owesByGeneration,
    boot: bootCore,
    exit,
    switchMm: switchTo,
    leaveMm: leave,
  };
}

/** Every load of a restricted PCID flushes it, and so does leaving one; another slot's unrestricted PCID goes by its slot. */
function owesByPolicy(k: Kernel, cpu: number, pcid: number): boolean {
  if (pcid % k.spaces.views !== UNRESTRICTED || isOffline(k, cpu)) return true;
  return owesUnrestricted(k, cpu, Math.floor(pcid / k.spaces.views));
}

/**
 * A restricted PCID is flushed when it is next entered if its record is behind, and forgotten with a slot that is flushed. Not
 * any more, once an entry has found it up to date: who flushes from then on sees curr_asi, and interrupts.
 */
function owesByGeneration(k: Kernel, cpu: number, pcid: number): boolean {
  if (isOffline(k, cpu)) return true;
  const slot = Math.floor(pcid / k.spaces.views);
  if (pcid % k.spaces.views === UNRESTRICTED) return owesUnrestricted(k, cpu, slot);
  if (isBeingKept(k, cpu, pcid)) return false;
  const c = k.of(tlbState);
  if (genOf(k, cpu, pcid) < c.globalGen.get(0)) return true;
  return slot !== c.loadedAsid.get(cpu) && slotOwes(k, cpu, slot);
}

function isBeingKept(k: Kernel, cpu: number, pcid: number): boolean {
  const { keeps } = k.of(entryColumns);
  const levels = k.world.stacks.levels.length;
  for (let level = 0; level < levels; level++) if (keeps.get(cpu * levels + level) === pcid + 1) return true;
  return false;
}

function owesUnrestricted(k: Kernel, cpu: number, slot: number): boolean {
  return slot === k.of(tlbState).loadedAsid.get(cpu) || slotOwes(k, cpu, slot);
}

/** Nothing that an offline CPU holds is used before initialize_tlbstate has started it afresh. */
function isOffline(k: Kernel, cpu: number): boolean {
  return k.of(asiColumns).offline.get(cpu) === 1;
}

/** Every CPU's mm owns slot 0 there, and every restricted PCID is behind. */
function bootCore(k: Kernel): void {
  const c = k.of(tlbState);
  const slots = slotsOf(k.world);
  c.globalGen.set(0, FIRST_GENERATION);
  for (let cpu = 0; cpu < k.world.cpus; cpu++) {
    const mm = k.of(asiColumns).loadedMm.get(cpu);
    c.ctxMm.set(cpu * slots, mm + 1);
    c.nextAsid.set(cpu, 1 % slots);
    c.mmCpus.set(mm, c.mmCpus.get(mm) | (1 << cpu));
  }
}
