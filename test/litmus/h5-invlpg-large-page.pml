/* One entry serves pages 0 and 1. 0: INVLPG of page 1. 1: INVLPG of page 2. Then a read of page 0. */
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
  byte page;
  if :: variant = 0; page = 1 :: variant = 1; page = 2 fi;
  present = 0;
  d_step {
    walking = 0;
    if
    :: page / 2 == 0 -> tlb = 0
    :: else -> skip
    fi
  }
  atomic { if :: tlb -> r = PUBLIC :: !present -> r = FAULT fi }
  printf("OUTCOME %d r=%d\n", variant, r)
}
