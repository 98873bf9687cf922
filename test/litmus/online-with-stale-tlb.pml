/* VAR(0): online, VAR(1): acknowledged. 0: no flush on the way up. 1: announce, flush. 2: flush, announce. */
#include "machine.pml"

proctype cpu0() {
  byte o;
  STORE(0, LEAF(1), 0);
  FENCE(0);
  o = mem[VAR(0)];
  if
  :: o == 1 -> SEND(1); AWAIT(VAR(1), 1)
  :: else -> skip
  fi;
  STORE(0, DATUM(0), SECRET);
  done++
}

proctype cpu1() provided (!in_handler[1]) {
  if
  :: variant == 0 -> LOCKED(1, VAR(0), 1)
  :: variant == 1 -> LOCKED(1, VAR(0), 1); INVALL(1)
  :: variant == 2 -> INVALL(1); LOCKED(1, VAR(0), 1)
  fi;
  READ(1, r);
  done++
}

proctype handler() {
end: TAKE_IPI(1);
  INVLPG(1);
  STORE(1, VAR(1), 1);
  IRET(1)
}

init {
  atomic {
    mem[LEAF(1)] = TO(0); root[1] = 1; pcid[1] = 1;
    if :: variant = 0 :: variant = 1 :: variant = 2 fi;
    run drain(0); run drain(1); run speculate(1); run cpu0(); run cpu1(); run handler()
  }
  OUTCOME(2)
}
