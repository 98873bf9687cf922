/*
 * As freed-table-in-use, with a target that is lazy. 0: lazy CPUs are skipped. 1: freed tables make the flush go there, too.
 */
#define FAULT  9
#define SECRET 2

bit upper = 1, way, lazy = 1;
byte leaf, walk, walked, tlb;
bit request, acked, in_handler, done0, done1;
byte variant, r;

active proctype speculate() {
end:
  do
  :: d_step { upper || way -> walk = 1 }
  :: d_step { upper -> walk = 1; way = 1 }
  :: d_step { walk == 1 -> walked = leaf; walk = (leaf -> 2 : 0) }
  :: d_step { walk == 2 -> tlb = walked; walk = 0 }
  :: d_step { way -> way = 0 }
  :: d_step { tlb -> tlb = 0 }
  od
}

active proctype cpu0() {
  if :: variant = 0 :: variant = 1 fi;
  upper = 0;
  if
  :: variant == 1 || !lazy -> request = 1; acked
  :: else -> skip
  fi;
  leaf = SECRET;
  done0 = 1
}

active proctype cpu1() provided (!in_handler) {
  atomic {
    if
    :: tlb -> r = tlb
    :: (upper || way) && leaf -> r = leaf
    :: !upper || !leaf -> r = FAULT
    fi
  }
  done1 = 1
}

active proctype handler() {
end: d_step { request -> in_handler = 1; request = 0 }
  d_step { walk = 0; way = 0; tlb = 0 }
  acked = 1;
  in_handler = 0
}

active proctype judge() {
  done0 && done1 -> printf("OUTCOME %d r=%d\n", variant, r)
}
