/* 0: one CPU faults, sets P, accesses again. 1: another CPU sets P and says so. Nothing is cached of P = 0: no state for it. */
#define FAULT  9
#define PUBLIC 1

bit present, said, tlb, walking;
byte variant, r0, r1;
chan buffer = [2] of { byte };   /* 0: P, 1: said so */

active proctype drain() {
end:
  do
  :: d_step { buffer ? [0] -> buffer ? 0; present = 1 }
  :: d_step { buffer ? [1] -> buffer ? 1; said = 1 }
  od
}

active proctype speculate() {
end:
  do
  :: d_step { present -> walking = 1 }
  :: d_step { walking -> walking = 0; tlb = 1 }
  :: d_step { tlb -> tlb = 0 }
  od
}

#define ACCESS(reg) atomic { if :: tlb || present -> reg = PUBLIC :: !present -> reg = FAULT fi }

active proctype cpu0() {
  if :: variant = 0 :: variant = 1 fi;
  if
  :: variant == 0 -> ACCESS(r0); buffer ! 0; empty(buffer)
  :: variant == 1 -> ACCESS(r0); said
  fi;
  ACCESS(r1);
  printf("OUTCOME %d r0=%d r1=%d\n", variant, r0, r1)
}

active proctype cpu1() {
end: variant == 1;
  buffer ! 0;
  buffer ! 1
}
