/* An entry is a large leaf, absent, or leads to small leaves. 0: from large to small at once. 1: clear, INVLPG, then small. */
#define LARGE 1
#define SMALL 2

byte entry = LARGE, walked, variant;
bit large_held, small_held, undefined, done;

active proctype speculate() {
end:
  do
  :: d_step { entry != 0 -> walked = entry }
  :: d_step { walked != 0 ->
      if
      :: walked == LARGE -> large_held = 1
      :: else -> small_held = 1
      fi;
      walked = 0;
      undefined = undefined || (large_held && small_held)
    }
  :: d_step { large_held -> large_held = 0 }
  :: d_step { small_held -> small_held = 0 }
  od
}

active proctype cpu0() {
  if
  :: variant = 0; entry = SMALL
  :: variant = 1; entry = 0; d_step { walked = 0; large_held = 0; small_held = 0 }; entry = SMALL
  fi;
  done = 1
}

active proctype judge() {
  if
  :: done && !undefined -> printf("OUTCOME %d r=1\n", variant)
  :: undefined -> printf("OUTCOME %d undefined\n", variant)
  fi
}
