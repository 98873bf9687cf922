import type { Frame } from "../../../model/frame.ts";
import type { Kernel } from "../../../model/kernel.ts";
import { defineProgram, type MicroStep, NEXT, type Program } from "../../../model/program.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import { UNRESTRICTED } from "../../../model/spaces.ts";
import { slotsOf, tlbState } from "../tlb-state.ts";
import { CORE_COLUMNS, SPACE_COLUMNS } from "../touches.ts";
import { forgetSlotGens } from "../transitions/generations.ts";
import type { AsiSwitches } from "../transitions/switches.ts";
import { taintsAfterSwitchMm } from "../transitions/taints.ts";
import { OWED_COLUMNS, TSO_COLUMNS } from "../transitions/touches.ts";
import { chooseNewAsid } from "./choose-new-asid.ts";
import { SWITCH_COLUMNS, switchColumns } from "./columns.ts";

/** Local 0 comes back as the answer; local 1 is the mm's link; local 2 set: do not join its mm_cpumask (a bug's). */
const LOCAL_ANSWER = 0;
const LOCAL_MM = 1;
const LOCAL_UNMASKED = 2;

const TLB_COLUMNS = ["tlbstate.nextAsid", "tlbstate.mmCpus", "tlbstate.taints"] as const;

/**
 * `switch_mm_irqs_off()`: from the loaded mm to another, or back to work from lazy mode in the same one.
 *
 *     another mm:  lazy := no · loaded_mm := SWITCHING · mm_cpumask · read gen, choose a slot · ctxs, CR3 · loaded_mm := next
 *     the same mm: lazy := no · (was lazy) full barrier, read gen · flush if behind
 *
 * The CPU joins mm_cpumask before it reads the generation: whoever bumps it afterwards interrupts this CPU, and finds
 * SWITCHING there, which is as good as the mm itself. A slot that is flushed has the generations of its restricted PCIDs
 * forgotten with it, for the CR3 write reaches the unrestricted PCID only.
 *
 * - **Context**: interrupts go off here; not in a restricted address space.
 * - **Shapes, units**: local 1 is the mm's link, local 0 the answer that the caller wants back.
 * - **Source**: `switch_mm_irqs_off()`, `load_new_mm_cr3()` in arch/x86/mm/tlb.c, v6.12, with the order of SWITCHING as put
 *   right in v6.15; `asi_handle_switch_mm()` of ASI RFC v2.
 * - **Leaves out**: LAM, the LDT, IBPB between tasks.
 */
export function switchMm(switches: AsiSwitches): Program {
  const first = [leaveLazy(switches), rereadGen(), catchUp()];
  const rest = switches.switchingLate
    ? [joinMask(switches), chooseSlot(switches), sayTooLate()]
    : [saySwitching(), joinMask(switches), chooseSlot(switches)];
  return defineProgram({
    name: "switch_mm_irqs_off",
    role: "inner",
    locals: [
      { name: "answer", sort: "count" },
      { name: "mm", sort: "mm", link: true },
      { name: "unmasked", sort: "bool" },
    ],
    steps: [...first, ...rest, loadCr3(switches), publish()],
  });
}

function leaveLazy(switches: AsiSwitches): MicroStep {
  return step("leave_lazy", "switch_mm_irqs_off", ["tlbstate.taints", "cpu.irqsOff"], (k, f) => {
    const c = k.of(asiColumns);
    k.irqsDisable();
    const wasLazy = c.lazy.get(k.cpu) === 1;
    c.lazy.set(k.cpu, 0);
    if (c.loadedMm.get(k.cpu) === f.get(LOCAL_MM) - 1) {
      if (wasLazy && !switches.lazyTrustsTlb) return NEXT;
      k.irqsEnable();
      return f.return(f.get(LOCAL_ANSWER));
    }
    const { taints } = k.of(tlbState);
    taints.set(k.cpu, taintsAfterSwitchMm(taints.get(k.cpu)));
    if (switches.switchingLate) return f.goto("join_mm_cpumask");
    if (wasLazy) return f.goto("say_switching");
    // Nobody else could tell this step from the one before.
    c.loadedMm.set(k.cpu, k.world.mms + 1);
    return f.goto("join_mm_cpumask");
  });
}

/** The TLB may have gone out of date while the CPU was lazy: no flush was sent to it. */
function rereadGen(): MicroStep {
  return step("reread_gen", "switch_mm_irqs_off", [...SPACE_COLUMNS, ...SWITCH_COLUMNS, "cpu.irqsOff"], (k, f) => {
    k.fence();
    const c = k.of(tlbState);
    const s = k.of(switchColumns);
    const slot = c.loadedAsid.get(k.cpu);
    const gen = k.load(c.mmGen, f.get(LOCAL_MM) - 1);
    if (c.ctxGen.get(k.cpu * slotsOf(k.world) + slot) === gen) {
      k.irqsEnable();
      return f.return(f.get(LOCAL_ANSWER));
    }
    s.gen.set(k.cpu, gen);
    s.slot.set(k.cpu, slot);
    s.flush.set(k.cpu, 1);
    return NEXT;
  });
}

function catchUp(): MicroStep {
  return { ...step("catch_up", "switch_mm_irqs_off", [], (_k, f) => f.goto("load_new_mm_cr3")), touches: [] };
}

function saySwitching(): MicroStep {
  return step("say_switching", "switch_mm_irqs_off", [], (k) => {
    k.of(asiColumns).loadedMm.set(k.cpu, k.world.mms + 1);
    return NEXT;
  });
}

function sayTooLate(): MicroStep {
  return { ...saySwitching(), label: "say_switching_late" };
}

/** Two locked bit operations, on masks of different mms; each is a full barrier. */
function joinMask(switches: AsiSwitches): MicroStep {
  const touches = [...TLB_COLUMNS, ...SPACE_COLUMNS];
  return step("join_mm_cpumask", "cpumask_set_cpu", touches, (k, f) => {
    const { mmCpus } = k.of(tlbState);
    const next = f.get(LOCAL_MM) - 1;
    const prev = k.spaces.mmOf(k.cpu);
    if (!switches.maskUnfenced) k.fence();
    if (prev !== k.world.mms) mmCpus.set(prev, mmCpus.get(prev) & ~(1 << k.cpu));
    if (next === k.world.mms || f.get(LOCAL_UNMASKED) === 1) return NEXT;
    const mask = mmCpus.get(next) | (1 << k.cpu);
    if (switches.maskUnfenced) k.store(mmCpus, next, mask);
    else mmCpus.set(next, mask);
    return NEXT;
  });
}

function chooseSlot(switches: AsiSwitches): MicroStep {
  const touches = [...TLB_COLUMNS, ...TSO_COLUMNS, ...SPACE_COLUMNS, ...SWITCH_COLUMNS];
  return step("choose_new_asid", "choose_new_asid", touches, (k, f) => {
    const s = k.of(switchColumns);
    const mm = f.get(LOCAL_MM) - 1;
    const gen = k.load(k.of(tlbState).mmGen, mm);
    const { slot, needFlush } = chooseNewAsid(k, mm, gen, switches);
    s.gen.set(k.cpu, gen);
    s.slot.set(k.cpu, slot);
    s.flush.set(k.cpu, needFlush ? 1 : 0);
    return NEXT;
  });
}

/** The slot's record and the CR3 write: an NMI in between would see nothing of it. */
function loadCr3(switches: AsiSwitches): MicroStep {
  const touches = [...SPACE_COLUMNS, ...SWITCH_COLUMNS, ...OWED_COLUMNS];
  return step("load_new_mm_cr3", "load_new_mm_cr3", touches, (k, f) => {
    k.fence();
    const s = k.of(switchColumns);
    const slot = s.slot.get(k.cpu);
    const mm = f.get(LOCAL_MM) - 1;
    const flush = s.flush.get(k.cpu) === 1;
    if (flush || switches.reuseWithoutFlush) recordSlot(k, slot, mm, switches);
    k.spaces.writeCr3(k.cpu, k.spaces.rootOf(mm, UNRESTRICTED), k.spaces.pcidOf(slot, UNRESTRICTED), !flush);
    return NEXT;
  });
}

function recordSlot(k: Kernel, slot: number, mm: number, switches: AsiSwitches): void {
  const c = k.of(tlbState);
  const row = k.cpu * slotsOf(k.world) + slot;
  c.ctxMm.set(row, mm + 1);
  c.ctxGen.set(row, k.of(switchColumns).gen.get(k.cpu));
  if (!switches.reuseKeepsGens) forgetSlotGens(k, k.cpu, slot);
}

/** CR3 before loaded_mm: who sees the mm there may rely on it. */
function publish(): MicroStep {
  return step("publish", "switch_mm_irqs_off", ["tlbstate.loadedAsid", ...SWITCH_COLUMNS, "cpu.irqsOff"], (k, f) => {
    const s = k.of(switchColumns);
    k.of(asiColumns).loadedMm.set(k.cpu, f.get(LOCAL_MM) - 1);
    k.of(tlbState).loadedAsid.set(k.cpu, s.slot.get(k.cpu));
    for (const column of [s.gen, s.slot, s.flush]) column.set(k.cpu, 0);
    k.irqsEnable();
    return f.return(f.get(LOCAL_ANSWER));
  });
}

function step(
  label: string,
  imitates: string,
  touches: readonly string[],
  run: (k: Kernel, f: Frame) => number,
): MicroStep {
  return { label, imitates, needs: "any", cost: "none", touches: [...CORE_COLUMNS, ...touches], run };
}
