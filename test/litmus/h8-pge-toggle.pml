/* An entry of PCID 1 and a global one, while PCID 2 is loaded. 0: no toggle. 1: CR4.PGE off and on. */
#define FAULT  9
#define PUBLIC 1

bit held = 1, global_held = 1;
byte variant, r0, r1;

#define ACCESS(entry, reg) if :: entry -> reg = PUBLIC :: reg = FAULT fi

active proctype cpu0() {
  if
  :: variant = 0
  :: variant = 1; held = 0; global_held = 0
  fi;
  ACCESS(held, r0);
  ACCESS(global_held, r1);
  printf("OUTCOME %d r0=%d r1=%d\n", variant, r0, r1)
}
