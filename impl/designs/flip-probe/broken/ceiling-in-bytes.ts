import type { Frame } from "../../../../model/frame.ts";
import type { Kernel } from "../../../../model/kernel.ts";
import { defineProgram, type MicroStep, NEXT } from "../../../../model/program.ts";
import type { Shootdown } from "../../../asi/parts.ts";
import { LOCAL_PAGES, LOCAL_START } from "../../../asi/shootdown/call-cpus.ts";
import { tlbState } from "../../../asi/tlb-state.ts";

/**
 * A canary's shootdown by IPI: a number of pages is compared with a ceiling in bytes and never exceeds it, so that every flush
 * goes page by page, in whatever PCID is loaded. Without address spaces there is one PCID, and no difference.
 *
 * - **Source**: tlb_single_page_flush_ceiling in arch/x86/mm/tlb.c, which counts pages.
 */
export function ceilingInBytes(correct: Shootdown): Shootdown {
  const { name, role, locals } = correct.flush;
  const steps = correct.flush.steps.map((step): MicroStep => {
    if (step.label === "describe") {
      const run: MicroStep["run"] = (k, f, choice) => describePages(k, f, step.run(k, f, choice));
      return { ...step, run };
    }
    if (step.label !== "flush_local") return step;
    const run: MicroStep["run"] = (k, f, choice) =>
      k.world.spaces === undefined ? step.run(k, f, choice) : invalidatePages(k, f);
    return { ...step, run };
  });
  const flush = defineProgram({ name, role, locals, steps });
  return {
    ...correct,
    flush,
    programs: correct.programs.map((program) => (program === correct.flush ? flush : program)),
  };
}

function describePages(k: Kernel, f: Frame, outcome: number): number {
  if (k.world.spaces !== undefined) k.describeFlush(f.get(LOCAL_START) - 1, f.get(LOCAL_PAGES));
  return outcome;
}

function invalidatePages(k: Kernel, f: Frame): number {
  k.fence();
  for (let i = 0; i < f.get(LOCAL_PAGES); i++) k.spaces.invlpg(k.cpu, f.get(LOCAL_START) - 1 + i);
  k.of(tlbState).invalidateOther.set(k.cpu, 1);
  return NEXT;
}
