/*
 * An upper entry and a table with one leaf, as in freed-table-in-use. After the upper entry is cleared: 0: INVLPG elsewhere, which
 * drops every way of the PCID. 1: the same with TCE, which drops only ways to that page. 2: INVPCID elsewhere, which promises as
 * much. 3: with TCE, INVLPG of the page itself.
 */
#define FAULT 9

bit upper = 1, way;
byte leaf = 1, walk, walked, tlb;
byte variant, r;

active proctype speculate() {
end:
  do
  :: d_step { upper || way -> walk = 1 }
  :: d_step { upper -> walk = 1; way = 1 }
  :: d_step { walk == 1 -> walked = leaf; walk = 2 }
  :: d_step { walk == 2 -> tlb = walked; walk = 0 }
  :: d_step { way -> way = 0 }
  :: d_step { tlb -> tlb = 0 }
  od
}

active proctype cpu0() {
  if :: variant = 0 :: variant = 1 :: variant = 2 :: variant = 3 fi;
  upper = 0;
  d_step {
    walk = 0;
    if
    :: variant == 0 -> way = 0
    :: variant == 1 || variant == 2 -> skip
    :: variant == 3 -> way = 0; tlb = 0
    fi
  }
  leaf = 3;
  atomic {
    if
    :: tlb -> r = tlb
    :: way -> r = leaf
    :: !upper -> r = FAULT
    fi
  }
  printf("OUTCOME %d r=%d\n", variant, r)
}
