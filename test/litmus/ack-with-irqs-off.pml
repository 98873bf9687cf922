/* 0: both wait with interrupts off, and nothing is ever printed. 1: interrupts on. VAR(0), VAR(1): acknowledged by CPU 0, 1. */
#include "machine.pml"

proctype cpu(byte me, you) provided (!in_handler[me]) {
  if
  :: variant == 1 -> irqs_off[me] = 0
  :: variant == 0 -> skip
  fi;
  SEND(you);
  AWAIT(VAR(you), 1);
  irqs_off[me] = 0;
  done++
}

proctype handler(byte me) {
end: TAKE_IPI(me);
  INVLPG(me);
  STORE(me, VAR(me), 1);
  IRET(me)
}

init {
  atomic {
    irqs_off[0] = 1; irqs_off[1] = 1;
    if :: variant = 0 :: variant = 1 fi;
    run drain(0); run drain(1); run cpu(0, 1); run cpu(1, 0); run handler(0); run handler(1)
  }
  done == 2 -> printf("OUTCOME %d done=1\n", variant)
}
