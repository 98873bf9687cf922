import { describe, expect, test } from "vitest";
import { seededChooser } from "../../harness/boot-kernel/chooser.ts";
import { type BootedKernel, bootKernel } from "../../harness/boot-kernel.ts";
import { MEDIUM } from "../../model/geometry.ts";
import { GFP } from "../../model/gfp.ts";
import { StructureCheck } from "./structure-check.ts";

const CPUS = 4;
const ROUNDS = 600;
const FLAGS = [GFP.KERNEL, GFP.KERNEL | GFP.SENSITIVE, GFP.HIGHUSER_MOVABLE, GFP.ATOMIC] as const;

/** 512 pages in one zone: little enough that four CPUs are in each other's way. */
const ZONES = [{ name: "Normal", node: 0, startPfn: 0, spanned: 512, managed: 512 }] as const;

describe.each(["no-asi", "async-free"])("under %s", (design) => {
  test.each(["6.1", "6.12"] as const)(
    "structures and claims hold when four CPUs allocate and free at once, step by step in any order (%s)",
    (version) => {
      const kernel = bootKernel({ design, kernel: version, zones: ZONES, geometry: MEDIUM, cpus: CPUS });
      const check = new StructureCheck(kernel.machine);
      const draw = seededChooser(9);
      for (let round = 0; round < ROUNDS; round++) {
        kernel.together(callsOf(kernel, draw), round);
        if (round % 16 === 0) expect(check.whole()).toBeUndefined();
      }
      expect(check.whole()).toBeUndefined();
      expect(kernel.violations()).toEqual([]);
    },
  );
});

/** One call for each CPU, no page freed twice. */
function callsOf(kernel: BootedKernel, draw: (below: number) => number) {
  const { ledger } = kernel.machine.k;
  const given = new Set<number>();
  return Array.from({ length: CPUS }, (_, cpu) => {
    const pfn = draw(512);
    if (ledger.order(pfn) >= 0 && !given.has(pfn)) {
      given.add(pfn);
      return { cpu, free: pfn };
    }
    const order = Math.min(Math.clz32(draw(0x7fff_ffff) + 1) - 1, 4);
    return { cpu, gfp: FLAGS[draw(FLAGS.length)] ?? GFP.KERNEL, order };
  });
}
