/* 0: labels, then waits. 1: waits, then labels. VAR(0): acknowledged, VAR(1): the label. */
#include "machine.pml"

proctype cpu0() {
  STORE(0, LEAF(1), 0);
  FENCE(0);
  SEND(1);
  if
  :: variant == 0 -> STORE(0, VAR(1), 1); AWAIT(VAR(0), 1)
  :: variant == 1 -> AWAIT(VAR(0), 1); STORE(0, VAR(1), 1)
  fi;
  done++
}

proctype cpu1() provided (!in_handler[1]) { READ(1, r); done++ }

proctype cpu2() {
  if
  :: mem[VAR(1)] == 1 -> STORE(2, DATUM(0), SECRET)
  :: mem[VAR(1)] == 0 -> skip
  fi;
  done++
}

proctype handler() {
end: TAKE_IPI(1);
  INVLPG(1);
  STORE(1, VAR(0), 1);
  IRET(1)
}

init {
  atomic {
    mem[LEAF(1)] = TO(0); root[1] = 1; pcid[1] = 1;
    if :: variant = 0 :: variant = 1 fi;
    run drain(0); run drain(1); run drain(2); run speculate(1);
    run cpu0(); run cpu1(); run cpu2(); run handler()
  }
  OUTCOME(3)
}
