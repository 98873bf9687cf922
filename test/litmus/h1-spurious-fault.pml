/*
 * The entry above leads to an empty table, then to one with a present leaf. A fault drops the cached way to the old table, and
 * so does not recur.
 */
#define FAULT  9
#define PUBLIC 1

bit moved;          /* the entry above leads to the new table */
bit way_old, way_new, tlb;
byte walk;          /* 0 none, 1 at the old table, 2 at the new one, 3 has the leaf */
byte r0, r1;

active proctype speculate() {
end:
  do
  :: d_step { walk = (moved -> 2 : 1) }
  :: d_step { !way_old && !way_new -> walk = (moved -> 2 : 1); way_old = !moved; way_new = moved }
  :: d_step { way_old -> walk = 1 }
  :: d_step { way_new -> walk = 2 }
  :: d_step { walk == 1 -> walk = 0 }
  :: d_step { walk == 2 -> walk = 3 }
  :: d_step { walk == 3 -> walk = 0; tlb = 1 }
  :: d_step { tlb -> tlb = 0 }
  :: d_step { way_old || way_new -> way_old = 0; way_new = 0 }
  od
}

#define ACCESS(reg) \
  atomic { \
    if \
    :: tlb || way_new || moved -> reg = PUBLIC; if :: tlb = 1 :: skip fi \
    :: way_old || !moved -> reg = FAULT; way_old = 0; way_new = 0; tlb = 0 \
    fi \
  }

active proctype cpu0() {
  moved = 1;
  ACCESS(r0);
  ACCESS(r1);
  printf("OUTCOME 0 r0=%d r1=%d\n", r0, r1)
}
