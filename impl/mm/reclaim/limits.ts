/** The mildest scan: 1 / 2^12 of a list. **Source**: include/linux/mmzone.h. */
export const DEF_PRIORITY = 12;

/** Rounds without progress after which kswapd, or a direct reclaimer, gives up. **Source**: mm/internal.h. */
export const MAX_RECLAIM_RETRIES = 16;
