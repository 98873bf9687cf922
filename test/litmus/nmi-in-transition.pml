/*
 * One CPU; it sees its own stores at once. 0: announce, CR3. 1: CR3, announce. 2: 0, then CR3 back, withdraw. 3: 0, then
 * withdraw, CR3 back. Restricted tables do not map the kernel's data, whose datum is 1.
 */
#define FAULT 9

bit inside, restricted, in_nmi, done;
byte variant, r;

active proctype cpu0() provided (!in_nmi) {
  if
  :: variant = 0; inside = 1; restricted = 1
  :: variant = 1; restricted = 1; inside = 1
  :: variant = 2; inside = 1; restricted = 1; restricted = 0; inside = 0
  :: variant = 3; inside = 1; restricted = 1; inside = 0; restricted = 0
  fi;
  done = 1
}

active proctype nmi() {
  bit was_inside;
  if
  :: atomic { !done -> in_nmi = 1 };
    was_inside = inside;
    if
    :: was_inside -> restricted = 0; inside = 0
    :: else -> skip
    fi;
    r = (restricted -> FAULT : 1);
    if
    :: was_inside -> inside = 1; restricted = 1
    :: else -> skip
    fi;
    in_nmi = 0
  :: done -> skip
  fi;
  done;
  printf("OUTCOME %d r=%d\n", variant, r)
}
