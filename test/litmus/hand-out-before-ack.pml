/* 0: hands out while the request is pending. 1: waits; the target reads with interrupts off. 2: acknowledges before it flushes. */
#include "machine.pml"

proctype cpu0() {
  STORE(0, LEAF(1), 0);
  FENCE(0);
  SEND(1);
  if
  :: variant == 0 -> STORE(0, DATUM(0), SECRET); AWAIT(VAR(0), 1)
  :: else -> AWAIT(VAR(0), 1); STORE(0, DATUM(0), SECRET)
  fi;
  done++
}

proctype cpu1() provided (!in_handler[1]) {
  if
  :: variant == 0 -> READ(1, r)
  :: variant == 1 -> irqs_off[1] = 1; READ(1, r); irqs_off[1] = 0
  :: else -> skip
  fi;
  done++
}

proctype handler() {
end: TAKE_IPI(1);
  if
  :: variant == 2 -> STORE(1, VAR(0), 1); READ(1, r); INVLPG(1)
  :: else -> INVLPG(1); STORE(1, VAR(0), 1)
  fi;
  IRET(1);
  done++
}

init {
  atomic {
    mem[LEAF(1)] = TO(0); root[1] = 1; pcid[1] = 1;
    if :: variant = 0 :: variant = 1 :: variant = 2 fi;
    run drain(0); run drain(1); run speculate(1); run cpu0(); run cpu1(); run handler()
  }
  OUTCOME(3)
}
