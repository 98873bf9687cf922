import { defineColumns } from "./column.ts";

/** Content of a frame: clean (zeroed), public, or 2 + mm for a secret of that mm. */
export const TAG_CLEAN = 0;
export const TAG_PUBLIC = 1;
export const TAG_SECRET = 2;

/** What a CPU's CR3 holds. Zero is the boot state: the model starts after the first entry into the protected context. */
export const MODE_PROTECTED = 0;
export const MODE_UNRESTRICTED = 1;

export const hardwareColumns = defineColumns("hw", {
  /** The present bit of the page's 4K leaf in the protected map. */
  present: { sort: "bool", owner: "hardware", per: ["page"], observable: true },
  tag: { sort: "tag", owner: "ghost", per: ["page"], observable: true },
  mode: { sort: "bool", owner: "hardware", per: ["cpu"], observable: true },
});
