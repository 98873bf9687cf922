/** A store buffer's columns: of steps that read or write what protocols race on. */
export const TSO_COLUMNS = ["tso.column", "tso.row", "tso.value"] as const;

/** What is asked, beside SPACE_COLUMNS, when CR3 is written: whether the PCID is owed a flush. */
export const OWED_COLUMNS = ["asi_core.offline", "asi_entry.keeps"] as const;

export const GUEST_COLUMNS = ["asi_guest.running", "asi_guest.hostRoot", "asi_guest.hostPcid"] as const;
