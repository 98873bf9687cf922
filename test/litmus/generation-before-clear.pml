/* 0: the generation moves, then P is cleared. 1: the other way round. VAR(0): generation, VAR(1): inside. */
#include "machine.pml"

proctype cpu0() {
  if
  :: variant == 0 -> LOCKED(0, VAR(0), 1); LOCKED(0, LEAF(1), 0)
  :: variant == 1 -> LOCKED(0, LEAF(1), 0); LOCKED(0, VAR(0), 1)
  fi;
  if
  :: mem[VAR(1)] == 0 -> LOCKED(0, DATUM(0), SECRET)
  :: mem[VAR(1)] == 1 -> skip
  fi;
  done++
}

proctype cpu1() {
  byte g, h;
  g = mem[VAR(0)];
  CR3(1, 1, 1, false);
  READ(1, r);
  CR3(1, 0, 0, true);
  LOCKED(1, VAR(1), 0);
  LOCKED(1, VAR(1), 1);
  h = mem[VAR(0)];
  CR3(1, 1, 1, (g == h));
  READ(1, r);
  done++
}

init {
  atomic {
    mem[LEAF(1)] = TO(0); mem[VAR(1)] = 1;
    if :: variant = 0 :: variant = 1 fi;
    run cpu0(); run cpu1()
  }
  OUTCOME(2)
}
