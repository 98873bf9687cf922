/* One frame, two addresses. 0: physmap only. 1: the alias is cleared, not flushed. 2: both flushed. No speculation. */
#define FAULT  9
#define SECRET 2

bit present[2] = 1, tlb[2];
byte datum, variant, r0, r1;

#define ACCESS(page, reg) \
  if \
  :: tlb[page] -> reg = datum \
  :: present[page] -> reg = datum; if :: tlb[page] = 1 :: skip fi \
  :: !present[page] -> reg = FAULT \
  fi

active proctype cpu0() {
  if :: variant = 0 :: variant = 1 :: variant = 2 fi;
  ACCESS(1, r1);
  present[0] = 0;
  if
  :: variant > 0 -> present[1] = 0
  :: else -> skip
  fi;
  tlb[0] = 0;
  if
  :: variant == 2 -> tlb[1] = 0
  :: else -> skip
  fi;
  datum = SECRET;
  ACCESS(0, r0);
  ACCESS(1, r1);
  printf("OUTCOME %d r0=%d r1=%d\n", variant, r0, r1)
}
