import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type BootedKernel, bootKernel } from "../../harness/boot-kernel.ts";
import { GFP } from "../../model/gfp.ts";
import type { Zone } from "../../model/zone.ts";
import { firstOutOfOrder, listForm, tableForm } from "./proc-files.ts";

/** The zones of the two machines that the texts were taken from (512 MiB each). */
const MANAGED = { "6.1": 112_685, "6.12": 114_388 } as const;

function zonesOf(version: "6.1" | "6.12"): Zone[] {
  return [
    { name: "DMA", node: 0, startPfn: 1, spanned: 4095, managed: 3840 },
    { name: "DMA32", node: 0, startPfn: 4096, spanned: 126_932, managed: MANAGED[version] },
  ];
}

function real(version: string, file: string): string {
  return readFileSync(`test/fixtures/proc/${version}/${file}`, "utf8");
}

describe.each(["6.1", "6.12"] as const)("the texts of a %s kernel with the same zones", (version) => {
  const kernel: BootedKernel = bootKernel({ kernel: version, zones: zonesOf(version) });
  kernel.allocPages(GFP.KERNEL, 0, { cpu: 0 });

  test("buddyinfo has the lines, names and column widths of the recorded one", () => {
    expect(tableForm(kernel.buddyinfo())).toEqual(tableForm(real(version, "buddyinfo")));
  });

  test("pagetypeinfo has the lines, names and column widths of the recorded one", () => {
    expect(tableForm(kernel.pagetypeinfo())).toEqual(tableForm(real(version, "pagetypeinfo")));
  });

  test("every line of zoneinfo stands in the recorded one, in the same order, named and indented alike", () => {
    const ours = listForm(kernel.zoneinfo());
    expect(firstOutOfOrder(ours, listForm(real(version, "zoneinfo")))).toBeUndefined();
    expect(ours.length).toBeGreaterThan(80);
  });

  test("every counter of vmstat stands in the recorded one, in the same order, under the same name", () => {
    const ours = listForm(kernel.vmstat());
    expect(firstOutOfOrder(ours, listForm(real(version, "vmstat")))).toBeUndefined();
    expect(ours.length).toBeGreaterThan(50);
  });

  test("buddyinfo, pagetypeinfo and the per-CPU lists add up to what zoneinfo calls managed and is not allocated", () => {
    const blocks = sumOfBlocks(kernel.buddyinfo());
    const byType = sumOfBlocks(
      kernel
        .pagetypeinfo()
        .split("Number of blocks")[0]
        ?.replace(/^Free.*$/m, "") ?? "",
    );
    const onPcplists = sum(kernel.zoneinfo(), /count: (\d+)/g);
    expect(byType).toBe(blocks);
    expect(blocks + onPcplists + 1).toBe(sum(kernel.zoneinfo(), /managed {2}(\d+)/g));
  });
});

test("zoneinfo prints the promo watermark on 6.12 and not on 6.1", () => {
  expect(bootKernel({ memoryMiB: 64 }).zoneinfo()).toContain("        promo    ");
  expect(bootKernel({ memoryMiB: 64, kernel: "6.1" }).zoneinfo()).not.toContain("promo");
});

test("pagetypeinfo has a CMA column where memory is set aside for it, and only there", () => {
  expect(bootKernel({ memoryMiB: 64 }).pagetypeinfo()).not.toContain("CMA");
  expect(bootKernel({ memoryMiB: 64, cmaMiB: 4 }).pagetypeinfo()).toContain("type          CMA");
});

/** Pages in the blocks that lines of eleven counts list. */
function sumOfBlocks(text: string): number {
  let pages = 0;
  for (const line of text.split("\n")) {
    const counts = (line.match(/ \d+(?= )/g) ?? []).map(Number);
    if (counts.length < 11) continue;
    counts.slice(-11).forEach((count, order) => {
      pages += count * 2 ** order;
    });
  }
  return pages;
}

function sum(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((total, [, number]) => total + Number(number), 0);
}
