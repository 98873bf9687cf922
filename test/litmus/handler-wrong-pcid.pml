/* 0: INVLPG of the current PCID. 1: and a note for the next entry, VAR(1). 2: every PCID. VAR(0): acknowledged. */
#include "machine.pml"

proctype cpu0() {
  LOCKED(0, LEAF(1), 0);
  SEND(1);
  AWAIT(VAR(0), 1);
  LOCKED(0, DATUM(0), SECRET);
  done++
}

proctype cpu1() provided (!in_handler[1]) {
  byte other;
  READ(1, r);
  CR3(1, 0, 0, true);
  irqs_off[1] = 0;
  irqs_off[1] = 1;
  other = mem[VAR(1)];
  CR3(1, 1, 1, (other == 0));
  READ(1, r);
  irqs_off[1] = 0;
  done++
}

proctype handler() {
end: TAKE_IPI(1);
  if
  :: variant == 0 -> INVLPG(1)
  :: variant == 1 -> INVLPG(1); STORE(1, VAR(1), 1)
  :: variant == 2 -> INVALL(1)
  fi;
  LOCKED(1, VAR(0), 1);
  IRET(1)
}

init {
  atomic {
    mem[LEAF(1)] = TO(0); root[1] = 1; pcid[1] = 1; irqs_off[1] = 1;
    if :: variant = 0 :: variant = 1 :: variant = 2 fi;
    run drain(1); run cpu0(); run cpu1(); run handler()
  }
  OUTCOME(2)
}
