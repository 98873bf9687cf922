/** Orders that the recorded kernels' pcplists hold: up to PAGE_ALLOC_COSTLY_ORDER, and that of a huge page. */
const COSTLY_ORDER = 3;
export const HUGE_ORDER = 9;

export const PCP_ORDERS = [0, 1, 2, 3, HUGE_ORDER] as const;

/** **Source**: `pcp_allowed_order()` in mm/page_alloc.c, with transparent huge pages configured. */
export function isPcpOrder(order: number): boolean {
  return order <= COSTLY_ORDER || order === HUGE_ORDER;
}
