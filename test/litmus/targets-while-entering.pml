/*
 * 0: announce, fence, look. 1: no fence. 2: announced after the CR3 write.
 * VAR(0): inside, VAR(1): generation, VAR(2): acknowledged. Space 0 maps nothing.
 */
#include "machine.pml"

proctype cpu0() {
  byte t;
  LOCKED(0, LEAF(1), 0);
  LOCKED(0, VAR(1), 1);
  t = mem[VAR(0)];
  if
  :: t == 1 -> SEND(1); AWAIT(VAR(2), 1)
  :: else -> skip
  fi;
  LOCKED(0, DATUM(0), SECRET);
  done++
}

proctype cpu1() provided (!in_handler[1]) {
  byte g;
  READ(1, r);
  CR3(1, 0, 0, true);
  if
  :: variant != 2 -> STORE(1, VAR(0), 1)
  :: else -> skip
  fi;
  if
  :: variant == 0 -> FENCE(1)
  :: else -> skip
  fi;
  g = mem[VAR(1)];
  CR3(1, 1, 1, (g == 0));
  if
  :: variant == 2 -> STORE(1, VAR(0), 1); FENCE(1)
  :: else -> skip
  fi;
  READ(1, r);
  done++
}

proctype handler() {
end: TAKE_IPI(1);
  INVALL(1);
  STORE(1, VAR(2), 1);
  IRET(1)
}

init {
  atomic {
    mem[LEAF(1)] = TO(0); root[1] = 1; pcid[1] = 1;
    if :: variant = 0 :: variant = 1 :: variant = 2 fi;
    run drain(1); run cpu0(); run cpu1(); run handler()
  }
  OUTCOME(2)
}
