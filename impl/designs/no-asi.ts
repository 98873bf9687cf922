import type { Design } from "../../model/design.ts";

const UNPROTECTED = "the design protects nothing";

/** The baseline: the page allocator as it is, with every page in the only map there is. */
export const noAsi: Design = {
  id: "no-asi",
  title: "no address space isolation",
  summary: "The page allocator as it is; the baseline that costs and structures are compared with.",
  canary: false,
  protectedMap: "none",
  protects: () => "no",
  promises: ["S17", "S23", "DEADLOCK"],
  breaks: [],
  notApplicable: {
    S1: UNPROTECTED,
    S2: UNPROTECTED,
    S3: UNPROTECTED,
    S8: UNPROTECTED,
    S13: UNPROTECTED,
    S16a: UNPROTECTED,
    L4: "the design has no queue",
    "REFINE-page": UNPROTECTED,
  },
  groups: [],
  programs: [],
  hooks: {},
  workers: [],
  lists: () => [],
  leavesOut: [],
};
