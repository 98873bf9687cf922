import type { PageWord } from "./page-entry.ts";

/**
 * What software can have a CPU execute, as far as paging and memory order go. Loads and accesses through a translation
 * answer something and are methods of the machine.
 */
export type Instruction =
  | { readonly op: "store"; readonly address: number; readonly word: PageWord }
  /** MOVNTI: may be overtaken by, and may overtake, any other store until an SFENCE. */
  | { readonly op: "store-nontemporal"; readonly address: number; readonly word: PageWord }
  /** XCHG, LOCK-prefixed read-modify-write: waits for the buffer, then writes at once. */
  | { readonly op: "store-locked"; readonly address: number; readonly word: PageWord }
  | { readonly op: "mfence" }
  | { readonly op: "sfence" }
  | { readonly op: "invlpg"; readonly page: number }
  | { readonly op: "write-cr3"; readonly root: number; readonly pcid: number; readonly noflush: boolean }
  | { readonly op: "invpcid"; readonly type: 0 | 1 | 2 | 3; readonly pcid: number; readonly page: number }
  | { readonly op: "write-cr4"; readonly pge: boolean; readonly pcide: boolean }
  | Broadcast
  | { readonly op: "tlbsync" }
  /** The write to the x2APIC's ICR; whom it wakes is not the pager's business, only what it waits for. */
  | { readonly op: "write-icr" };

/**
 * INVLPGB. A missing selector selects everything: no `pages` is every page, no `pcid` every PCID, no `asid` every ASID.
 *
 * - **Shapes, units**: the entries of this machine belong to ASID 0, the host's.
 * - **Leaves out**: the limit `invlpgb_count_max`, which software must respect by splitting.
 */
export interface Broadcast {
  readonly op: "invlpgb";
  readonly pages?: { readonly first: number; readonly count: number };
  readonly pcid?: number;
  readonly asid?: number;
  readonly globals: boolean;
  /** Leaves the paging-structure entries alone. */
  readonly finalOnly: boolean;
}

const WAITING = new Set<Instruction["op"]>(["invlpg", "write-cr3", "invpcid", "write-cr4", "invlpgb", "tlbsync"]);

/**
 * Instructions that complete earlier stores before they act. INVLPGB stands among them although the manual calls only
 * TLBSYNC serialising: Linux clears an entry and broadcasts without a fence between, and so relies on it.
 */
export function isSerialising(instruction: Instruction): boolean {
  return WAITING.has(instruction.op);
}
