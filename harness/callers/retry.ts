/** One attempt at the page allocator: the head pfn, or -1. */
export type TryAlloc = (gfp: number, order: number) => number;

/** An attempt that a caller makes. */
export interface Attempt {
  readonly gfp: number;
  readonly order: number;
}

/** What a caller ended with: `pfn` -1 when even its last attempt was refused. `attempts` counts the calls it made. */
export interface CallerAnswer {
  readonly pfn: number;
  readonly order: number;
  readonly attempts: number;
}

/** Makes attempts in turn until one succeeds. The order is that of the one that did, or of the last. */
export function firstThatSucceeds(tryAlloc: TryAlloc, attempts: readonly Attempt[]): CallerAnswer {
  let made = 0;
  let order = 0;
  for (const attempt of attempts) {
    made++;
    order = attempt.order;
    const pfn = tryAlloc(attempt.gfp, attempt.order);
    if (pfn >= 0) return { pfn, order, attempts: made };
  }
  return { pfn: -1, order, attempts: made };
}
