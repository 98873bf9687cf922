/*
 * 0: ordinary stores. 1: the zeroes are non-temporal. 2: SFENCE between. 3: the store of P is locked. 4: P first.
 * A non-temporal store waits in a buffer of its own and leaves when it likes; here it holds one.
 */
#include "machine.pml"

bit combining;

proctype combine() {
end: d_step { combining -> mem[DATUM(0)] = 0; combining = 0 }
}

proctype cpu0() {
  if
  :: variant == 0 -> STORE(0, DATUM(0), 0); STORE(0, LEAF(1), TO(0))
  :: variant == 1 -> combining = 1; STORE(0, LEAF(1), TO(0))
  :: variant == 2 -> combining = 1; (!combining && empty(buffer[0])); STORE(0, LEAF(1), TO(0))
  :: variant == 3 -> combining = 1; atomic { !combining && empty(buffer[0]) -> mem[LEAF(1)] = TO(0) }
  :: variant == 4 -> STORE(0, LEAF(1), TO(0)); STORE(0, DATUM(0), 0)
  fi;
  done++
}

proctype cpu1() { READ(1, r); done++ }

init {
  atomic {
    mem[DATUM(0)] = SECRET; root[1] = 1; pcid[1] = 1;
    if :: variant = 0 :: variant = 1 :: variant = 2 :: variant = 3 :: variant = 4 fi;
    run drain(0); run combine(); run speculate(1); run cpu0(); run cpu1()
  }
  OUTCOME(2)
}
