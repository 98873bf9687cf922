/* VAR(0): the mm loaded (0 init, 1 the mm, 2 switching), VAR(1): generation, VAR(2): acknowledged. 0: only 1 is sent to. 1: 1 and 2. */
#include "machine.pml"

proctype cpu0() {
  byte t;
  LOCKED(0, LEAF(1), 0);
  LOCKED(0, VAR(1), 1);
  t = mem[VAR(0)];
  if
  :: t == 1 || (t == 2 && variant == 1) -> SEND(1); AWAIT(VAR(2), 1)
  :: else -> skip
  fi;
  LOCKED(0, DATUM(0), SECRET);
  done++
}

proctype cpu1() provided (!in_handler[1]) {
  byte g;
  READ(1, r);
  CR3(1, 0, 0, true);
  LOCKED(1, VAR(0), 0);
  LOCKED(1, VAR(0), 2);
  g = mem[VAR(1)];
  CR3(1, 1, 1, (g == 0));
  LOCKED(1, VAR(0), 1);
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
    mem[LEAF(1)] = TO(0); mem[VAR(0)] = 1; root[1] = 1; pcid[1] = 1;
    if :: variant = 0 :: variant = 1 fi;
    run drain(1); run cpu0(); run cpu1(); run handler()
  }
  OUTCOME(2)
}
