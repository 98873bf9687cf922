import { defineProgram, NEXT, type Program } from "../../../model/program.ts";
import { zeroBlock } from "../../mm/alloc-pages.ts";
import { asyncFreeColumns } from "./columns.ts";
import type { AsyncFreeSwitches } from "./switches.ts";

const LOCAL_INDEX = 0;
const LOCAL_PAGE = 1;
const LOCAL_ORDER = 2;
const LOCAL_REQUEST = 3;

/**
 * The tail of an allocation: a nonsensitive block is zeroed, mapped leaf by leaf, and flagged; a sensitive one is left alone.
 *
 * The flag is written with the leaf: only the page's owner looks at it. Zeroing comes first: what was freed here may have been a secret, and a set present bit exposes it at once.
 *
 * - **Context**: any; takes no lock, flushes nothing (not present to present is never cached).
 * - **Shapes, units**: local 1 the block's link, local 2 its order, local 3 the request; answers 1.
 * - **Leaves out**: page-table allocation and its failure (docs/modelling.md).
 * - **Source**: `asi_map_alloced_pages()`, RFC v2 patch 14, with the inverted zeroing condition put right.
 */
export function mapAllocated(switches: AsyncFreeSwitches): Program {
  return defineProgram({
    name: "asi_map_alloced_pages",
    role: "inner",
    locals: [
      { name: "index", sort: "count" },
      { name: "page", sort: "pfn", link: true },
      { name: "order", sort: "order" },
      { name: "request", sort: "request" },
    ],
    steps: [
      {
        label: "zero",
        imitates: "kernel_init_pages",
        needs: "any",
        cost: "zero",
        touches: ["hw.tag"],
        run: (k, f) => {
          if (k.world.requests[f.get(LOCAL_REQUEST)]?.secret === true) return f.return(1);
          if (!switches.skipZero) zeroBlock(k, f.get(LOCAL_PAGE) - 1, f.get(LOCAL_ORDER));
          return NEXT;
        },
      },
      {
        label: "set_present",
        imitates: "asi_map_gfp",
        needs: "any",
        cost: "map",
        touches: ["hw.present", "hw.tag", "tlb.entry", "asi.nonsensitive"],
        run: (k, f) => {
          const index = f.get(LOCAL_INDEX);
          k.hw.setPresent(f.get(LOCAL_PAGE) - 1 + index);
          k.of(asyncFreeColumns).nonsensitive.set(f.get(LOCAL_PAGE) - 1 + index, 1);
          if (index + 1 === 1 << f.get(LOCAL_ORDER)) return f.return(1);
          f.set(LOCAL_INDEX, index + 1);
          return f.goto("set_present");
        },
      },
    ],
  });
}
