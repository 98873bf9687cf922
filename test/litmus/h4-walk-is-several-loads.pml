/*
 * An upper entry leads to table 0 or 1; their leaves lead to data. 0: cpu0 moves the upper entry to table 1, whose leaf reaches 2,
 * and then lets table 0's leaf reach 3. 1: cpu1 clears the leaf, INVLPG, read.
 */
#define FAULT 9

bit upper;
byte leaf[2];
byte at;            /* the walk: 0 none, 1 + table while the leaf is to be read, 3 when it has been */
byte walked, tlb;
byte variant, r;
bit done0, done1;

proctype speculate() {
end:
  do
  :: d_step { at = 1 + upper }
  :: d_step { (at == 1 || at == 2) && leaf[at - 1] != 0 -> walked = leaf[at - 1]; at = 3 }
  :: d_step { (at == 1 || at == 2) && leaf[at - 1] == 0 -> at = 0 }
  :: d_step { at == 3 -> tlb = walked; at = 0 }
  :: d_step { tlb != 0 -> tlb = 0 }
  od
}

proctype cpu0() {
  if
  :: variant == 0 -> upper = 1; leaf[0] = 3
  :: else -> skip
  fi;
  done0 = 1
}

proctype cpu1() {
  if
  :: variant == 1 -> leaf[0] = 0; d_step { at = 0; tlb = 0 }
  :: else -> skip
  fi;
  atomic {
    if
    :: tlb != 0 -> r = tlb
    :: leaf[upper] != 0 -> r = leaf[upper]
    :: leaf[upper] == 0 -> r = FAULT
    fi
  }
  done1 = 1
}

init {
  atomic {
    leaf[0] = 1; leaf[1] = 2;
    if :: variant = 0 :: variant = 1 fi;
    run speculate(); run cpu0(); run cpu1()
  }
  done0 && done1 -> printf("OUTCOME %d r=%d\n", variant, r)
}
