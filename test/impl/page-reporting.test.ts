import { describe, expect, test } from "vitest";

import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { noAsi } from "../../impl/designs/no-asi.ts";
import { isReported } from "../../impl/mm/isolation/page-reported.ts";
import { LEVEL_TASK, LEVEL_WORKER } from "../../model/kernel.ts";
import { BLOCK, MOVABLE_MEMORY, WholeKernel } from "./whole-kernel.ts";

const WORLDS = [
  ["no-asi", "6.1", noAsi],
  ["no-asi", "6.12", noAsi],
  ["async-free", "6.1", asyncFree],
  ["async-free", "6.12", asyncFree],
] as const;

describe.each(WORLDS)("%s, free page reporting (kernel %s)", (_id, kernel, design) => {
  const boot = (): WholeKernel => new WholeKernel({ design, kernel });
  const reported = (w: WholeKernel): number[] =>
    Array.from({ length: 256 / BLOCK }, (_, block) => block * BLOCK).filter((pfn) => isReported(w.k, pfn));

  test("every large free block is reported within a few runs of a limited budget, and none is lost", () => {
    const w = boot();
    const blocks = w.freeBlocks();
    expect(w.call("report_free_pages")).toBe(1);
    expect([w.freeBlocks(), w.pagesOn("reporting")]).toEqual([blocks, 0]);
    // One report for a sixteenth of the list, rounded up, and one more; two blocks each on a machine of this size.
    expect(reported(w).length).toBe(4);
    w.call("report_free_pages");
    expect(reported(w)).toEqual([0, 32, 64, 96, 128, 160, 192, 224]);
    w.call("report_free_pages");
    expect([w.freeBlocks(), w.nrFree()]).toEqual([blocks, 256]);
    w.expectSound();
  });

  test("a block loses its mark when it leaves its list, whole or in part", () => {
    const w = boot();
    for (let run = 0; run < 3; run++) w.call("report_free_pages");
    const pfn = w.alloc(MOVABLE_MEMORY, 0);
    expect(reported(w).length).toBe(7);
    expect(w.range("isolate_pageblock", 224, 240)).toBe(1);
    expect(reported(w)).not.toContain(224);
    expect(w.range("unisolate_pageblock", 224, 240)).toBe(1);
    w.free(pfn);
    w.runWorkers();
    w.drain();
    expect(reported(w).length).toBe(6);
    w.expectSound();
  });

  test("blocks are hidden only while the report is under way, and an allocation meanwhile takes others", () => {
    const w = boot();
    const { k, machine } = w;
    const program = machine.software.calls.report_free_pages;
    if (program === undefined) throw new Error("reporting is a call");
    k.start(1, LEVEL_WORKER, program, 0, 0, 0, 0);
    let [hidden, hiddenBlocks] = [0, 0];
    for (let steps = 0; k.depth(1, LEVEL_WORKER) > 0; steps++) {
      expect(steps).toBeLessThan(1000);
      machine.clearStep();
      k.step(1, LEVEL_WORKER, 0);
      w.watch.after("report", "");
      const away = w.pagesOn("reporting");
      expect(w.pagesOn("buddy") + away + w.pagesOn("pcp") + w.owned().length).toBe(256);
      if (away === 0 || k.holdsLock(1) || k.depth(0, LEVEL_TASK) > 0) continue;
      hidden++;
      hiddenBlocks = Math.max(hiddenBlocks, away / 32);
      const pfn = w.alloc(MOVABLE_MEMORY, 0);
      expect(pfn).toBeGreaterThanOrEqual(0);
    }
    expect(hidden).toBeGreaterThan(0);
    expect(hiddenBlocks).toBe(2);
    expect(w.pagesOn("reporting")).toBe(0);
    w.expectSound();
  });
});
