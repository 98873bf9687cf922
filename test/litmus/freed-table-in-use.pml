/*
 * Two levels by hand: an upper entry that leads to a table, and the table's one leaf. 0: no flush. 1: flush before the reuse.
 * A walk reads the upper entry, keeps the way to the table if it likes, and reads the leaf later.
 */
#define FAULT  9
#define SECRET 2

bit upper = 1;      /* P of the entry above the table */
byte leaf;          /* 0, or the datum that a walk through the table reaches; the table is empty at first */
byte walk;          /* 0 none, 1 knows the table, 2 has read the leaf */
byte walked;
bit way;            /* the paging-structure cache knows the table */
byte tlb;
byte stage;         /* CPU 0's stores, in order: 1 upper cleared, 2 table reused */
bit request, acked, in_handler, done1;
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
  :: variant == 1 -> request = 1; acked
  :: else -> skip
  fi;
  leaf = SECRET;
  stage = 2
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
  done1 && stage == 2 -> printf("OUTCOME %d r=%d\n", variant, r)
}
