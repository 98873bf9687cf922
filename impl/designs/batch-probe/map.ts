import { defineProgram, NEXT, type Program } from "../../../model/program.ts";
import { zeroBlock } from "../../mm/alloc-pages.ts";

const LOCAL_INDEX = 0;
const LOCAL_PAGE = 1;
const LOCAL_ORDER = 2;
const LOCAL_REQUEST = 3;

/**
 * The tail of an allocation: a nonsensitive block is zeroed and mapped leaf by leaf. Whoever learns of the page learns of it by
 * a later store, so the leaves are in memory by then.
 *
 * - **Context**: any; flushes nothing.
 * - **Shapes, units**: local 1 the block's link, local 2 its order, local 3 the request; answers 1.
 */
export const mapNonsensitive: Program = defineProgram({
  name: "map_nonsensitive",
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
        zeroBlock(k, f.get(LOCAL_PAGE) - 1, f.get(LOCAL_ORDER));
        return NEXT;
      },
    },
    {
      label: "set_present",
      imitates: "asi_map",
      needs: "any",
      cost: "map",
      touches: ["hw.present", "hw.tag", "tlb.entry", "as.restrictedLeaf", "tso.column", "tso.row", "tso.value"],
      run: (k, f) => {
        const index = f.get(LOCAL_INDEX);
        k.hw.setPresent(f.get(LOCAL_PAGE) - 1 + index);
        f.set(LOCAL_INDEX, index + 1);
        if (index + 1 < 2 ** f.get(LOCAL_ORDER)) return f.goto("set_present");
        k.fence();
        return f.return(1);
      },
    },
  ],
});
