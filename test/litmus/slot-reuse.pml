/*
 * One CPU. Space 1 is the first mm's restricted one, 2 the next mm's, and both have PCID 1; space 0 is the next kernel's.
 * 0: only the loaded PCID is flushed. 1: INVPCID for the slot's restricted one. 2: the next entry flushes.
 */
#include "machine.pml"

proctype cpu0() {
  CR3(0, 0, 0, false);
  if
  :: variant == 1 -> d_step { walk[0] = 0; tlb[1] = 0 }
  :: else -> skip
  fi;
  CR3(0, 2, 1, (variant != 2));
  READ(0, r);
  done++
}

init {
  atomic {
    mem[LEAF(1)] = TO(0); mem[DATUM(0)] = SECRET; root[0] = 1; pcid[0] = 1;
    if :: variant = 0 :: variant = 1 :: variant = 2 fi;
    run speculate(0); run cpu0()
  }
  OUTCOME(1)
}
