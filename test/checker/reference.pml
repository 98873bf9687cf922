/*
 * The reference model by hand: pages P (1..6), CPUs C (1..3), both given with -D.
 *
 * One process whose only control state is the head of its loop, so that a state is exactly the variables: each event is one
 * d_step and counts as one transition. The initial state is counted as one more.
 */
#ifndef P
#define P 4
#endif
#ifndef C
#define C 2
#endif

#define FREE_UNMAPPED 0
#define FREE_MAPPED   1
#define NONSENSITIVE  2
#define SENSITIVE     3
#define PENDING       4

#define IDLE       0
#define COLLECTING 1
#define IPI        2

byte page[P];     /* all FREE_UNMAPPED */
byte tlb[P];      /* bit c: CPU c caches the page */
byte phase;       /* IDLE */
byte unacked;     /* bit c: CPU c has not acknowledged */

#define present(p)   (page[p] == FREE_MAPPED || page[p] == NONSENSITIVE)
#define cached(c, p) (tlb[p] & (1 << c))

#define TRANSLATION(c, p) \
  :: d_step { present(p) && !cached(c, p) -> tlb[p] = tlb[p] | (1 << c) } \
  :: d_step { cached(c, p) -> tlb[p] = tlb[p] & ~(1 << c) }

#if C > 2
#define TRANSLATIONS(p) TRANSLATION(0, p) TRANSLATION(1, p) TRANSLATION(2, p)
#elif C > 1
#define TRANSLATIONS(p) TRANSLATION(0, p) TRANSLATION(1, p)
#else
#define TRANSLATIONS(p) TRANSLATION(0, p)
#endif

/* A page becomes sensitive only here and a sensitive page is never filled: so the claim is decided here. */
#define PAGE(p) \
  :: d_step { page[p] == FREE_UNMAPPED || page[p] == FREE_MAPPED -> page[p] = NONSENSITIVE } \
  :: d_step { page[p] == FREE_UNMAPPED -> page[p] = SENSITIVE; assert(tlb[p] == 0) } \
  :: d_step { page[p] == NONSENSITIVE -> page[p] = FREE_MAPPED } \
  :: d_step { page[p] == SENSITIVE -> page[p] = FREE_UNMAPPED } \
  :: d_step { page[p] == FREE_MAPPED && phase != IPI -> page[p] = PENDING; phase = COLLECTING } \
  TRANSLATIONS(p)

#define DROP(c, p)   tlb[p] = tlb[p] & ~((page[p] == PENDING) << c)
#define DISCHARGE(p) page[p] = (page[p] == PENDING -> FREE_UNMAPPED : page[p])

#if P > 5
#define DROP_ALL(c)   DROP(c, 0); DROP(c, 1); DROP(c, 2); DROP(c, 3); DROP(c, 4); DROP(c, 5)
#define DISCHARGE_ALL DISCHARGE(0); DISCHARGE(1); DISCHARGE(2); DISCHARGE(3); DISCHARGE(4); DISCHARGE(5)
#define PAGES PAGE(0) PAGE(1) PAGE(2) PAGE(3) PAGE(4) PAGE(5)
#elif P > 4
#define DROP_ALL(c)   DROP(c, 0); DROP(c, 1); DROP(c, 2); DROP(c, 3); DROP(c, 4)
#define DISCHARGE_ALL DISCHARGE(0); DISCHARGE(1); DISCHARGE(2); DISCHARGE(3); DISCHARGE(4)
#define PAGES PAGE(0) PAGE(1) PAGE(2) PAGE(3) PAGE(4)
#elif P > 3
#define DROP_ALL(c)   DROP(c, 0); DROP(c, 1); DROP(c, 2); DROP(c, 3)
#define DISCHARGE_ALL DISCHARGE(0); DISCHARGE(1); DISCHARGE(2); DISCHARGE(3)
#define PAGES PAGE(0) PAGE(1) PAGE(2) PAGE(3)
#elif P > 2
#define DROP_ALL(c)   DROP(c, 0); DROP(c, 1); DROP(c, 2)
#define DISCHARGE_ALL DISCHARGE(0); DISCHARGE(1); DISCHARGE(2)
#define PAGES PAGE(0) PAGE(1) PAGE(2)
#elif P > 1
#define DROP_ALL(c)   DROP(c, 0); DROP(c, 1)
#define DISCHARGE_ALL DISCHARGE(0); DISCHARGE(1)
#define PAGES PAGE(0) PAGE(1)
#else
#define DROP_ALL(c)   DROP(c, 0)
#define DISCHARGE_ALL DISCHARGE(0)
#define PAGES PAGE(0)
#endif

#define ACK(c) \
  :: d_step { phase == IPI && (unacked & (1 << c)) -> unacked = unacked & ~(1 << c); DROP_ALL(c) }

#if C > 2
#define ACKS ACK(0) ACK(1) ACK(2)
#elif C > 1
#define ACKS ACK(0) ACK(1)
#else
#define ACKS ACK(0)
#endif

active proctype laboratory() {
  do
  PAGES
  :: d_step { phase == COLLECTING -> phase = IPI; unacked = (1 << C) - 1 }
  ACKS
#ifdef BROKEN
  :: d_step { phase == IPI -> phase = IDLE; unacked = 0; DISCHARGE_ALL }
#else
  :: d_step { phase == IPI && unacked == 0 -> phase = IDLE; DISCHARGE_ALL }
#endif
  od
}
