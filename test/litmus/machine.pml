/*
 * The machine as the manuals tell it, by hand: one page, up to three CPUs. Included by the races that need all of it.
 *
 * Address spaces are numbers 0..2; memory holds the leaf of each (0: P is clear, else 1 + frame), the frames' data, and the
 * variables of the protocol. Stores wait in a FIFO for each CPU. A walk is a load of the leaf and, some time later, a deposit.
 */
#define FAULT  9
#define PUBLIC 1
#define SECRET 2

#define LEAF(s)  (s)
#define TO(f)    (1 + (f))
#define DATUM(f) (3 + (f))
#define VAR(n)   (6 + (n))

byte mem[12];
chan buffer[3] = [4] of { byte, byte };   /* address, value */
byte root[3];                             /* the space loaded */
byte pcid[3];
byte walk[3];                             /* the leaf a walk has read, not deposited yet */
byte tlb[9];                              /* by 3 * CPU + PCID: the leaf cached */
bit request[3], irqs_off[3], in_handler[3];
byte variant, done, r;

#define HELD(c) tlb[3 * (c) + pcid[c]]

proctype drain(byte c) {
  byte a, x;
end:
  do
  :: atomic { buffer[c] ? a, x -> mem[a] = x }
  od
}

/* The hardware walks, deposits and evicts whenever it likes. */
proctype speculate(byte c) {
end:
  do
  :: d_step { mem[root[c]] != 0 -> walk[c] = mem[root[c]] }
  :: d_step { walk[c] != 0 -> HELD(c) = walk[c]; walk[c] = 0 }
  :: d_step { HELD(c) != 0 -> HELD(c) = 0 }
  od
}

#define STORE(c, a, x)  buffer[c] ! a, x
#define FENCE(c)        empty(buffer[c])
#define LOCKED(c, a, x) atomic { empty(buffer[c]) -> mem[a] = x }
#define AWAIT(a, x)     (mem[a] == x)
#define SEND(c)         request[c] = 1

/* Invalidations serialise: they wait for the buffer and end the walk on its way. */
#define INVLPG(c)   d_step { empty(buffer[c]) -> walk[c] = 0; HELD(c) = 0 }
#define INVALL(c)   d_step { empty(buffer[c]) -> walk[c] = 0; tlb[3 * (c)] = 0; tlb[3 * (c) + 1] = 0; tlb[3 * (c) + 2] = 0 }
#define CR3(c, space, tag, keep) \
  d_step { \
    empty(buffer[c]) -> walk[c] = 0; root[c] = space; pcid[c] = tag; \
    if :: keep -> skip :: else -> HELD(c) = 0 fi \
  }

/* An access uses what is cached, or walks and may leave behind what it found. */
#define READ(c, reg) \
  atomic { \
    if \
    :: HELD(c) != 0 -> reg = mem[DATUM(HELD(c) - 1)] \
    :: mem[root[c]] != 0 -> HELD(c) = mem[root[c]]; reg = mem[DATUM(HELD(c) - 1)] \
    :: mem[root[c]] == 0 -> reg = FAULT \
    fi \
  }

/* What an IPI's target does before and after its handler; IRET serialises. */
#define TAKE_IPI(c) d_step { request[c] && !irqs_off[c] -> request[c] = 0; in_handler[c] = 1 }
#define IRET(c)     atomic { empty(buffer[c]) -> in_handler[c] = 0 }

#define OUTCOME(n) done == n -> printf("OUTCOME %d r=%d\n", variant, r)
