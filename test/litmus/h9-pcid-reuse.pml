/* One PCID, two spaces that map the page to data 1 and 2. 0: the second is loaded with NOFLUSH. 1: with a flush. */
byte space, walked, tlb, variant, r;

active proctype speculate() {
end:
  do
  :: d_step { walked = 1 + space }
  :: d_step { walked != 0 -> tlb = walked; walked = 0 }
  :: d_step { tlb != 0 -> tlb = 0 }
  od
}

active proctype cpu0() {
  if
  :: d_step { space = 1; walked = 0 }; variant = 0
  :: d_step { space = 1; walked = 0; tlb = 0 }; variant = 1
  fi;
  atomic { if :: tlb != 0 -> r = tlb :: r = 1 + space fi }
  printf("OUTCOME %d r=%d\n", variant, r)
}
