/* 0: the mirror writes the restricted leaf, present. 1: it writes another leaf only. VAR(0): acknowledged. */
#include "machine.pml"

proctype cpu0() {
  STORE(0, LEAF(1), 0);
  FENCE(0);
  SEND(1);
  AWAIT(VAR(0), 1);
  STORE(0, DATUM(0), SECRET);
  done++
}

proctype cpu1() provided (!in_handler[1]) {
  if
  :: variant == 0 -> STORE(1, LEAF(1), TO(0))
  :: variant == 1 -> STORE(1, LEAF(0), TO(0))
  fi;
  READ(1, r);
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
    mem[LEAF(0)] = TO(0); mem[LEAF(1)] = TO(0); root[1] = 1; pcid[1] = 1;
    if :: variant = 0 :: variant = 1 fi;
    run drain(0); run drain(1); run speculate(1); run cpu0(); run cpu1(); run handler()
  }
  OUTCOME(2)
}
