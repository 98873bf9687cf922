import { defineProgram, type Program } from "../../../../model/program.ts";
import { setTypeOfBlock, typeOfBlock } from "../../../mm/buddy.ts";
import { zoneLock } from "../../../mm/columns.ts";
import { freetypeOf, migratetypeOfFreetype } from "../../../mm/freetype.ts";
import { moveFreepages } from "../../../mm/move-freepages.ts";
import { zoneOfPage } from "../../../mm/zones.ts";
import { LOCKED_COLUMNS, lockZone } from "../flip.ts";

const LOCAL_PAGE = 1;

/**
 * A canary's reserve: the pageblock of a page just served is put aside under a type that has no sensitivity, and the label goes.
 * Its free pages move to the lists of that type, mapped as they are.
 *
 * - **Source**: `reserve_highatomic_pageblock()` as in the series of March 2025, whose author left it to do.
 */
export function forgetfulReserve(): Program {
  return defineProgram({
    name: "reserve_highatomic_pageblock",
    role: "inner",
    locals: [
      { name: "result", sort: "count" },
      { name: "block", sort: "pfn", link: true },
      { name: "order", sort: "order" },
      { name: "request", sort: "request" },
      { name: "zone", sort: "count" },
    ],
    steps: [
      lockZone("reserve_lock"),
      {
        label: "reserve",
        imitates: "reserve_highatomic_pageblock",
        needs: "any",
        cost: "list",
        touches: LOCKED_COLUMNS,
        run: (k, f) => {
          const pfn = f.get(LOCAL_PAGE) - 1;
          const old = typeOfBlock(k, pfn);
          const type = freetypeOf(k, migratetypeOfFreetype(k, old));
          const start = pfn & ~((1 << k.world.geometry.pageblockOrder) - 1);
          if (type !== old) {
            moveFreepages(k, start, old, type);
            setTypeOfBlock(k, pfn, type);
          }
          k.unlockIrqRestore(zoneLock(zoneOfPage(k, pfn)));
          return f.return(1);
        },
      },
    ],
  });
}
