/* 0: clear, first access. 1: clear, INVLPG, first access. */
#define FAULT  9
#define PUBLIC 1

bit present = 1, walking, tlb;
byte variant, r;

active proctype speculate() {
end:
  do
  :: d_step { present -> walking = 1 }
  :: d_step { walking -> walking = 0; tlb = 1 }
  :: d_step { tlb -> tlb = 0 }
  od
}

active proctype cpu0() {
  if :: variant = 0 :: variant = 1 fi;
  present = 0;
  if
  :: variant == 1 -> d_step { walking = 0; tlb = 0 }
  :: else -> skip
  fi;
  atomic { if :: tlb -> r = PUBLIC :: !present -> r = FAULT fi }
  printf("OUTCOME %d r=%d\n", variant, r)
}
