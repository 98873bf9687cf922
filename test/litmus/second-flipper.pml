/* 0: P clear is taken for flushed. 1: a pending flush is waited for. VAR(0): acknowledged. */
#include "machine.pml"

proctype cpu0() {
  STORE(0, LEAF(1), 0);
  FENCE(0);
  SEND(1);
  AWAIT(VAR(0), 1);
  done++
}

proctype cpu1() provided (!in_handler[1]) { READ(1, r); done++ }

proctype cpu2() {
  if
  :: mem[LEAF(1)] == 0 ->
    if
    :: variant == 1 -> AWAIT(VAR(0), 1)
    :: variant == 0 -> skip
    fi;
    STORE(2, DATUM(0), SECRET)
  :: mem[LEAF(1)] != 0 -> skip
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
