/* a, o: two pages of PCID 1; g: a global page; b: a page of PCID 2, the current one. Variant n executes INVPCID n for PCID 1, page a. */
#define FAULT  9
#define PUBLIC 1

bit a_held, b_held, o_held, g_held;
byte variant, a, b, o, g;

/* After the clears an access finds its entry, unless it has been evicted, or faults. */
#define ACCESS(held, reg) if :: held -> reg = PUBLIC :: reg = FAULT fi

active proctype cpu0() {
  if :: variant = 0 :: variant = 1 :: variant = 2 :: variant = 3 fi;
  a_held = 1; b_held = 1; o_held = 1; g_held = 1;
  if
  :: variant == 0 -> a_held = 0
  :: variant == 1 -> a_held = 0; o_held = 0
  :: variant == 2 -> a_held = 0; o_held = 0; b_held = 0; g_held = 0
  :: variant == 3 -> a_held = 0; o_held = 0; b_held = 0
  fi;
  ACCESS(b_held, b);
  ACCESS(a_held, a);
  ACCESS(o_held, o);
  ACCESS(g_held, g);
  printf("OUTCOME %d b=%d a=%d o=%d g=%d\n", variant, b, a, o, g)
}
