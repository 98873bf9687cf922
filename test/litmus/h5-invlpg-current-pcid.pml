/* One page under two PCIDs, no speculation. 0: INVLPG in the second. 1: and INVPCID 0 for the first. */
#define FAULT  9
#define PUBLIC 1

bit present[2] = 1, tlb[2];
byte pcid, variant, r0, r1, r2;

#define ACCESS(reg) \
  if \
  :: tlb[pcid] -> reg = PUBLIC \
  :: present[pcid] -> reg = PUBLIC; if :: tlb[pcid] = 1 :: skip fi \
  :: !present[pcid] -> reg = FAULT \
  fi

active proctype cpu0() {
  if :: variant = 0 :: variant = 1 fi;
  ACCESS(r0);
  pcid = 1;
  present[0] = 0;
  present[1] = 0;
  tlb[pcid] = 0;
  if
  :: variant == 1 -> tlb[0] = 0
  :: else -> skip
  fi;
  ACCESS(r1);
  pcid = 0;
  ACCESS(r2);
  printf("OUTCOME %d r0=%d r1=%d r2=%d\n", variant, r0, r1, r2)
}
