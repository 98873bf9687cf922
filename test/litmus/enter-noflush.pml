/* One CPU. Space and PCID 0 are the kernel's, 1 the restricted ones. 0: NOFLUSH. 1: always flush. 2: generation, VAR(0). */
#include "machine.pml"

proctype cpu0() {
  byte g;
  CR3(0, 0, 0, true);
  STORE(0, LEAF(1), 0);
  if
  :: variant == 2 -> LOCKED(0, VAR(0), 1)
  :: else -> skip
  fi;
  INVLPG(0);
  STORE(0, DATUM(0), SECRET);
  g = mem[VAR(0)];
  if
  :: variant == 0 -> CR3(0, 1, 1, true)
  :: variant == 1 -> CR3(0, 1, 1, false)
  :: variant == 2 -> CR3(0, 1, 1, (g == 0))
  fi;
  READ(0, r);
  done++
}

init {
  atomic {
    mem[LEAF(0)] = TO(0); mem[LEAF(1)] = TO(0); root[0] = 1; pcid[0] = 1;
    if :: variant = 0 :: variant = 1 :: variant = 2 fi;
    run drain(0); run speculate(0); run cpu0()
  }
  OUTCOME(1)
}
