import type { CallEntry, MenuEntry } from "../../model/machine.ts";
import type { AddressSpaces } from "../../model/spaces.ts";

/** A small world with a purpose: what `--scope NAME` stands for. Keys given after the name change it. */
export interface NamedWorld {
  readonly name: string;
  /** Which dangers live there. */
  readonly purpose: string;
  /** Keys of a scope, as `--scope` takes them. */
  readonly scope: string;
  readonly spaces?: Omit<AddressSpaces, "globals">;
  /** Calls that tasks may make beside allocating and freeing. */
  readonly callMenu: readonly CallEntry[];
  /** Tasks allocate and free too. */
  readonly allocates: boolean;
  /** What they may ask for beside one page of either kind. */
  readonly menu?: readonly MenuEntry[];
}

/** Address spaces with one slot and one class, sequentially consistent, and what is asked for on top. */
export function spacesWith(asked: Partial<Omit<AddressSpaces, "globals">>): Omit<AddressSpaces, "globals"> {
  return {
    slots: 1,
    classes: 1,
    vmaps: 0,
    user: false,
    tables: false,
    interrupts: 0,
    nmis: 0,
    stores: 0,
    profile: "intel",
    ...asked,
  };
}
