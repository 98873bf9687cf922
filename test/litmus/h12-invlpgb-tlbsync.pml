/*
 * 0: no TLBSYNC. 1: TLBSYNC on the same CPU. 2: TLBSYNC on another CPU, which owes nothing.
 * The broadcast reaches cpu1 at some time; whoever executed it can wait for that.
 */
#define FAULT  9
#define SECRET 2

bit present = 1, walking, tlb, on_its_way, moved, done0, done1, done2;
byte datum, variant, r;

active proctype speculate() {
end:
  do
  :: d_step { present -> walking = 1 }
  :: d_step { walking -> walking = 0; tlb = 1 }
  :: d_step { tlb -> tlb = 0 }
  :: d_step { on_its_way -> walking = 0; tlb = 0; on_its_way = 0 }
  od
}

active proctype cpu0() {
  if :: variant = 0 :: variant = 1 :: variant = 2 fi;
  present = 0;
  on_its_way = 1;
  if
  :: variant == 0 -> datum = SECRET
  :: variant == 1 -> !on_its_way; datum = SECRET
  :: variant == 2 -> moved = 1
  fi;
  done0 = 1
}

active proctype cpu1() {
  atomic { if :: tlb || present -> r = datum :: !present -> r = FAULT fi }
  done1 = 1
}

active proctype cpu2() {
  done0;
  if
  :: moved -> datum = SECRET
  :: else -> skip
  fi;
  done2 = 1
}

active proctype judge() {
  done0 && done1 && done2 -> printf("OUTCOME %d r=%d\n", variant, r)
}
