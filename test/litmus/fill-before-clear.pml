/* 0: no flush. 1: shootdown between clear and secret. 2: shootdown before the clear. */
#include "machine.pml"

proctype cpu0() {
  if
  :: variant == 2 -> SEND(1); AWAIT(VAR(0), 1)
  :: else -> skip
  fi;
  STORE(0, LEAF(1), 0);
  FENCE(0);
  if
  :: variant == 1 -> SEND(1); AWAIT(VAR(0), 1)
  :: else -> skip
  fi;
  STORE(0, DATUM(0), SECRET);
  done++
}

proctype cpu1() provided (!in_handler[1]) { READ(1, r); done++ }

proctype handler() {
end: TAKE_IPI(1);
  INVLPG(1);
  STORE(1, VAR(0), 1);
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
