import { MOMENT } from "../../../model/moments.ts";
import { BLOCKED, defineProgram, LOCAL_RESULT, NEXT, type Program } from "../../../model/program.ts";
import { LEAF_4K } from "../../../model/space-columns.ts";
import type { ListKind } from "../../../model/world.ts";
import type { Part, Physmap, Shootdown } from "../parts.ts";
import { blockOf, underBlockLeaf } from "../physmap/leaves.ts";
import { LEAF_COLUMNS } from "../physmap/map-columns.ts";
import { passSizeLock } from "../physmap/size-lock.ts";
import { changePageAttr } from "./change-page-attr.ts";
import { addMemory, REMOVED_LIST, removeMemory } from "./hotplug.ts";
import { CORRECT_MIRROR, changes, type MirrorSwitches } from "./mirror-rule.ts";

/** The direct map's actors, and the lists that a design which has them declares. */
export interface DirectMapPart extends Part {
  readonly lists: readonly ListKind[];
}

const LOCAL_PAGE = 1;

/**
 * Everything beside the allocator that changes the kernel's direct map, as calls of a scenario; each mirrors to the restricted
 * map by the rule of mirror-rule.ts. Argument: the link of a page (of a block's first page for the last three).
 *
 * | call | does to the direct map |
 * | --- | --- |
 * | set_mce_nospec, clear_mce_nospec | memory failure and unpoison: not present, present |
 * | set_memory_ro, set_memory_rw | read-only, writable |
 * | set_memory_encrypted, set_memory_decrypted | not present, flush, present with another attribute |
 * | split_direct_map | one large leaf into small ones |
 * | arch_remove_memory, arch_add_memory | a pageblock out of the machine and back |
 *
 * - **Source**: arch/x86/mm/pat/set_memory.c, v6.1 and v6.12; the clear and set around encryption as Hyper-V guests do it
 *   (enc_status_change_prepare, v6.12); arch/x86/mm/init_64.c.
 */
export function directMapCalls(
  physmap: Physmap & { readonly split?: Program; readonly inStep?: boolean },
  shootdown: Shootdown,
  switches: Partial<MirrorSwitches> = {},
): DirectMapPart {
  const mirror = { ...CORRECT_MIRROR, ...switches };
  const { np, p, ro, rw } = changes(mirror);
  const { flush } = shootdown;
  const split = mirror.cutsLeaf ? undefined : physmap.split;
  const parts = split === undefined ? { flush } : { flush, split };
  const freeTable = physmap.calls.free_pte_table;
  const programs = [
    changePageAttr("set_mce_nospec", [np], parts),
    changePageAttr("clear_mce_nospec", [p], parts),
    changePageAttr("set_memory_ro", [ro], parts),
    changePageAttr("set_memory_rw", [rw], parts),
    changePageAttr("set_memory_encrypted", [np, p], parts),
    changePageAttr("set_memory_decrypted", [np, p], parts),
    splitDirectMap(flush, physmap.inStep === true ? split : undefined),
    removeMemory(freeTable === undefined ? { flush } : { flush, freeTable }),
    addMemory,
  ];
  return {
    groups: [],
    programs,
    calls: Object.fromEntries(programs.map((program) => [program.name, program])),
    lists: [REMOVED_LIST],
  };
}

/**
 * The direct map's leaf over a block becomes small ones that map the same. In step, the restricted map's goes first: its table
 * may not be had, and then neither changes.
 *
 * - **Context**: task; interrupts on, no lock held; may allocate.
 * - **Shapes, units**: local 1 the link of a page of the block; answers 1, or 0 when there was no table.
 * - **Leaves out**: the direct map's own table, and that its two leaf sizes exist side by side until the flush: both
 *   translate alike, and the unrestricted map is nobody's promise (docs/modelling.md).
 * - **Source**: `split_large_page()` in arch/x86/mm/pat/set_memory.c.
 */
function splitDirectMap(flush: Program, split: Program | undefined): Program {
  const step = { imitates: "split_large_page", needs: "any", cost: "none" } as const;
  return defineProgram({
    name: "split_direct_map",
    role: "direct-map",
    locals: [
      { name: "result", sort: "count" },
      { name: "page", sort: "pfn", link: true },
    ],
    steps: [
      {
        ...step,
        label: "look",
        touches: LEAF_COLUMNS,
        run: (k, f) => {
          if (split === undefined || !underBlockLeaf(k, f.get(LOCAL_PAGE) - 1)) return f.goto("split_direct");
          return k.call(split, 0, f.get(LOCAL_PAGE));
        },
      },
      { ...step, label: "split", touches: [], run: (_k, f) => (f.get(LOCAL_RESULT) === 0 ? f.return(0) : NEXT) },
      {
        ...step,
        label: "split_direct",
        touches: LEAF_COLUMNS,
        run: (k, f) => {
          if (!passSizeLock(k)) return BLOCKED;
          if (split !== undefined && underBlockLeaf(k, f.get(LOCAL_PAGE) - 1)) return f.goto("look");
          if (k.world.spaces?.tables === true) k.spaces.setDirectLeaf(blockOf(k, f.get(LOCAL_PAGE) - 1), LEAF_4K);
          return NEXT;
        },
      },
      {
        ...step,
        label: "flush",
        touches: [],
        run: (k, f) => k.call(flush, 0, f.get(LOCAL_PAGE), 2 ** k.world.geometry.pageblockOrder),
      },
      {
        ...step,
        label: "return",
        touches: LEAF_COLUMNS,
        run: (k, f) => {
          k.moments.push(MOMENT.directChanged, f.get(LOCAL_PAGE) - 1, 1);
          return f.return(1);
        },
      },
    ],
  });
}
