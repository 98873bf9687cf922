/* A global leaf in one space, none in the other; no speculation. 0: INVLPG. 1: INVLPG with the erratum. 2: PGE toggle with the erratum. */
#define FAULT  9
#define PUBLIC 1

bit present[2], global_entry;
byte space, variant, r0, r1, r2;

#define ACCESS(reg) \
  if \
  :: global_entry -> reg = PUBLIC \
  :: present[space] -> reg = PUBLIC; if :: global_entry = 1 :: skip fi \
  :: !present[space] -> reg = FAULT \
  fi

active proctype cpu0() {
  present[0] = 1;
  if :: variant = 0 :: variant = 1 :: variant = 2 fi;
  ACCESS(r0);
  space = 1;               /* the CR3 write spares global entries */
  ACCESS(r1);
  present[0] = 0;
  if
  :: variant == 0 || variant == 2 -> global_entry = 0
  :: variant == 1 -> skip
  fi;
  ACCESS(r2);
  printf("OUTCOME %d r0=%d r1=%d r2=%d\n", variant, r0, r1, r2)
}
