/* 0: back with NOFLUSH. 1: back with a flush. 2: back with a flush, but the entry is global. No speculation. */
#define FAULT  9
#define PUBLIC 1

bit present = 1, tlb;      /* the page's entry under PCID 1 (global in variant 2) */
byte variant, r0, r1;

#define ACCESS(reg) \
  if \
  :: tlb -> reg = PUBLIC \
  :: present -> reg = PUBLIC; if :: tlb = 1 :: skip fi \
  :: !present -> reg = FAULT \
  fi

active proctype cpu0() {
  if :: variant = 0 :: variant = 1 :: variant = 2 fi;
  ACCESS(r0);
  skip;                    /* CR3 := PCID 2, flushes PCID 2 */
  present = 0;
  if
  :: variant == 1 -> tlb = 0
  :: else -> skip
  fi;
  ACCESS(r1);
  printf("OUTCOME %d r0=%d r1=%d\n", variant, r0, r1)
}
