/*
 * One CPU; the NMI leaves restricted mode and comes back only if there is a target. 0: target first. 1: target last.
 * What is read at the end: the secret (2) if the kernel's tables are loaded, else a fault.
 */
#define FAULT  9
#define SECRET 2

bit inside, restricted, target, in_nmi, done;
byte variant, r;

active proctype cpu0() provided (!in_nmi) {
  if
  :: variant = 0; target = 1; inside = 1; restricted = 1
  :: variant = 1; inside = 1; restricted = 1; target = 1
  fi;
  r = (restricted -> FAULT : SECRET);
  done = 1
}

active proctype nmi() {
  if
  :: atomic { !done -> in_nmi = 1 };
    if
    :: inside -> restricted = 0; inside = 0
    :: else -> skip
    fi;
    if
    :: target -> inside = 1; restricted = 1
    :: else -> skip
    fi;
    in_nmi = 0
  :: done -> skip
  fi;
  done;
  printf("OUTCOME %d r=%d\n", variant, r)
}
