/* 0: read, clear, read. 1: read, clear, INVLPG, read. The clear touches memory and nothing else. */
#define FAULT  9
#define PUBLIC 1

bit present = 1, tlb;
byte variant, r0, r1;

#define ACCESS(reg) \
  if \
  :: tlb -> reg = PUBLIC \
  :: present -> reg = PUBLIC; if :: tlb = 1 :: skip fi \
  :: !present -> reg = FAULT \
  fi

active proctype cpu0() {
  if :: variant = 0 :: variant = 1 fi;
  ACCESS(r0);
  present = 0;
  if
  :: variant == 1 -> tlb = 0
  :: else -> skip
  fi;
  ACCESS(r1);
  printf("OUTCOME %d r0=%d r1=%d\n", variant, r0, r1)
}
