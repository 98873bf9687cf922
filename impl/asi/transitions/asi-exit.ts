import type { Kernel } from "../../../model/kernel.ts";
import { defineProgram, NEXT, type Program } from "../../../model/program.ts";
import { UNRESTRICTED } from "../../../model/spaces.ts";
import { tlbState } from "../tlb-state.ts";
import { SPACE_COLUMNS } from "../touches.ts";
import { entryColumns } from "./columns.ts";
import { loadCurrAsi, storeCurrAsi } from "./curr-asi.ts";
import type { AsiOptions } from "./switches.ts";
import { attackerControl, TAINT } from "./taints.ts";
import { OWED_COLUMNS, TSO_COLUMNS } from "./touches.ts";

/**
 * Leaves the restricted address space, wherever the CPU is.
 *
 *     x1 in none? return · x2 flush what the attacker trained · x3 taint · x4 CR3 := unrestricted · x5 curr_asi := none
 *
 * curr_asi outlives CR3, so that an NMI in between leaves again instead of believing that it need not. The unrestricted PCID
 * has no generation of its own under either policy, so loading it always flushes it.
 *
 * - **Context**: any, NMI included.
 * - **Source**: `asi_exit()` of ASI RFC v2.
 */
export function asiExit({ transitions, switches }: AsiOptions): Program {
  return defineProgram({
    name: "asi_exit",
    role: "inner",
    locals: [],
    steps: [
      {
        label: "check_curr_asi",
        imitates: "asi_exit",
        needs: "any",
        cost: "none",
        touches: ["asi_core.currAsi", "tlbstate.taints", ...TSO_COLUMNS],
        run: (k, f) => {
          if (loadCurrAsi(k) === 0) return f.return(0);
          return attackerControl(k.of(tlbState).taints.get(k.cpu)) === 0 ? f.goto("taint_kernel_data") : NEXT;
        },
      },
      {
        label: "flush_control",
        imitates: "maybe_flush_control",
        needs: "any",
        cost: "none",
        touches: ["tlbstate.taints"],
        run: (k) => {
          const { taints } = k.of(tlbState);
          taints.set(k.cpu, taints.get(k.cpu) & ~attackerControl(taints.get(k.cpu)));
          return NEXT;
        },
      },
      {
        label: "taint_kernel_data",
        imitates: "asi_exit",
        needs: "any",
        cost: "none",
        touches: ["tlbstate.taints", "asi_core.currAsi", ...TSO_COLUMNS],
        run: (k) => {
          const { taints } = k.of(tlbState);
          taints.set(k.cpu, taints.get(k.cpu) | TAINT.kernelData);
          if (switches.currAsiClearedFirst) storeCurrAsi(k, transitions, 0);
          return NEXT;
        },
      },
      {
        label: "write_cr3",
        imitates: "build_cr3",
        needs: "any",
        cost: "none",
        touches: [...SPACE_COLUMNS, ...OWED_COLUMNS],
        run: (k) => {
          k.fence();
          const pcid = k.spaces.pcidOf(k.of(tlbState).loadedAsid.get(k.cpu), UNRESTRICTED);
          k.spaces.writeCr3(k.cpu, k.spaces.rootOf(k.spaces.mmOf(k.cpu), UNRESTRICTED), pcid, false);
          forgetDecisions(k);
          return NEXT;
        },
      },
      {
        label: "clear_curr_asi",
        imitates: "asi_exit",
        needs: "any",
        cost: "none",
        touches: ["asi_core.currAsi", ...TSO_COLUMNS],
        run: (k, f) => {
          storeCurrAsi(k, transitions, 0);
          return f.return(0);
        },
      },
    ],
  });
}

/** Whoever was entering when it was interrupted is entered anew by the interrupt's epilogue, which decides for itself. */
function forgetDecisions(k: Kernel): void {
  const { keeps } = k.of(entryColumns);
  const levels = k.world.stacks.levels.length;
  for (let level = 0; level < levels; level++) keeps.set(k.cpu * levels + level, 0);
}
