/* 0: no fence. 1: fence. 2: the clear is locked. 3: the ICR write itself waits, as on AMD. VAR(0): acknowledged. */
#include "machine.pml"

proctype cpu0() {
  if
  :: variant == 2 -> LOCKED(0, LEAF(1), 0)
  :: else -> STORE(0, LEAF(1), 0)
  fi;
  if
  :: variant == 1 -> FENCE(0)
  :: else -> skip
  fi;
  if
  :: variant == 3 -> atomic { empty(buffer[0]) -> SEND(1) }
  :: else -> SEND(1)
  fi;
  AWAIT(VAR(0), 1);
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
    if :: variant = 0 :: variant = 1 :: variant = 2 :: variant = 3 fi;
    run drain(0); run drain(1); run speculate(1); run cpu0(); run cpu1(); run handler()
  }
  OUTCOME(2)
}
