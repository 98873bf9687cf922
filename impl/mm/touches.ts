/** Columns that the shared helpers of the allocator read or write; steps that call them declare these. */
export const LIST_COLUMNS = [
  "list.first",
  "list.last",
  "list.length",
  "list.next",
  "list.prev",
  "list.order",
  "list.place",
  "list.placed",
  // Read where a frame is added: it may lie inside an allocated block.
  "ledger.order",
] as const;

export const BUDDY_COLUMNS = [...LIST_COLUMNS, "mm.buddy", "mm.blockType", "mm.nrFree"] as const;

export const PCP_COLUMNS = [...LIST_COLUMNS, "mm.pcpCount"] as const;
