import { describe, expect, test } from "vitest";
import { type BootedKernel, bootKernel } from "../../harness/boot-kernel.ts";
import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { InputError } from "../../model/failure.ts";
import { GFP } from "../../model/gfp.ts";
import { canaries } from "./designs.ts";

function pageOf(kernel: BootedKernel, gfp: number, order = 0, cpu = 0): number {
  const answer = kernel.allocPages(gfp, order, { cpu });
  if (!answer.ok) throw new Error(`refused: ${answer.reason}`);
  return answer.pfn;
}

describe("a page of async-free", () => {
  test("is mapped when it was asked for as nonsensitive, unmapped when as sensitive, and unmapped again once freed", () => {
    const kernel = bootKernel({ design: "async-free", memoryMiB: 64 });
    const open = pageOf(kernel, GFP.KERNEL, 3);
    const closed = pageOf(kernel, GFP.KERNEL | GFP.SENSITIVE, 3);
    expect(kernel.restrictedPresence(open, 8)).toBe("mapped");
    expect(kernel.restrictedPresence(closed, 8)).toBe("unmapped");
    expect(kernel.directMapPresence(closed, 8)).toBe("mapped");
    expect(kernel.restrictedPresence(Math.min(open, closed), Math.abs(open - closed) + 8)).toBe("mixed");
    kernel.freePages(open, 3);
    expect(kernel.restrictedPresence(open, 8)).toBe("unmapped");
    expect(kernel.violations()).toEqual([]);
  });

  test("stays on the queue, mapped, until the worker runs, where workers run on demand only", () => {
    const kernel = bootKernel({ design: asyncFree, memoryMiB: 64, workers: "manual" });
    const pfn = pageOf(kernel, GFP.KERNEL);
    kernel.freePages(pfn, 0);
    expect(kernel.owner(pfn)).toEqual({ state: "free", head: pfn, order: 0, list: "queue" });
    expect(kernel.restrictedPresence(pfn, 1)).toBe("mapped");
    expect(kernel.runWorkers()).toBeGreaterThan(0);
    expect(kernel.restrictedPresence(pfn, 1)).toBe("unmapped");
    expect(kernel.runWorkers()).toBe(0);
  });

  test("holds its owner's secret, or public data, and is owned by whoever asked", () => {
    const kernel = bootKernel({ design: "async-free", memoryMiB: 64, cpus: 2 });
    const secret = pageOf(kernel, GFP.HIGHUSER_MOVABLE | GFP.SENSITIVE, 0, 1);
    const open = pageOf(kernel, GFP.KERNEL);
    expect(kernel.content(secret)).toBe("secret(mm1)");
    expect(kernel.content(open)).toBe("public");
    expect(kernel.owner(secret)).toMatchObject({ state: "allocated", use: "movable", sensitive: true, order: 0 });
    expect(kernel.owner(open)).toMatchObject({ state: "allocated", use: "kernel", sensitive: false });
  });
});

describe("the buddy lists of a booted kernel", () => {
  test("are what they were, line by line, after everything allocated is freed and drained", () => {
    const kernel = bootKernel({ memoryMiB: 64, seed: 1 });
    const before = kernel.buddyinfo();
    const held = [0, 3, 1, 9, 10, 5, 0, 2].map((order) => ({
      order,
      pfn: pageOf(kernel, GFP.KERNEL, order, order % 2),
    }));
    expect(kernel.buddyinfo()).not.toBe(before);
    for (const { pfn, order } of held) kernel.freePages(pfn, order, { cpu: 1 });
    kernel.drainPages();
    expect(kernel.buddyinfo()).toBe(before);
    expect(kernel.violations()).toEqual([]);
  });

  test("know their heads, and only them, by order", () => {
    const kernel = bootKernel({ memoryMiB: 64 });
    expect(kernel.buddyOrder(4096)).toBe(10);
    expect(kernel.buddyOrder(4097)).toBeUndefined();
    expect(kernel.pageblock(4097)).toEqual({ index: 8, migratetype: "Movable", sensitive: false, unmapped: false });
  });

  test("of two nodes are those of two machines of half the size", () => {
    const kernel = bootKernel({ memoryMiB: 64, nodes: 2 });
    expect(kernel.buddyinfo().match(/^Node \d, zone +\S+/gm)).toEqual([
      "Node 0, zone      DMA",
      "Node 0, zone    DMA32",
      "Node 1, zone    DMA32",
    ]);
    expect(kernel.violations()).toEqual([]);
  });
});

describe("a call in another context", () => {
  test.each([
    ["softirq", false],
    ["hardirq", false],
    ["task", true],
  ] as const)("from %s with interrupts masked: %s gets an atomic page and may free it", (context, irqsOff) => {
    const kernel = bootKernel({ memoryMiB: 64 });
    const site = { cpu: 1, context, irqsOff };
    const answer = kernel.allocPages(GFP.ATOMIC, 0, site);
    expect(answer.ok).toBe(true);
    if (answer.ok) kernel.freePages(answer.pfn, 0, site);
    expect(kernel.violations()).toEqual([]);
  });
});

describe("a split block", () => {
  test("is freed page by page and merges again", () => {
    const kernel = bootKernel({ memoryMiB: 64 });
    const before = kernel.buddyinfo();
    const pfn = pageOf(kernel, GFP.KERNEL, 4);
    kernel.splitPage(pfn);
    for (let at = pfn; at < pfn + 16; at++) kernel.freePages(at, 0);
    kernel.drainPages();
    expect(kernel.buddyinfo()).toBe(before);
  });
});

describe("misuse is refused with what is true instead", () => {
  const kernel = bootKernel({ memoryMiB: 64 });
  const pfn = pageOf(kernel, GFP.KERNEL, 2);

  test.each([
    ["the free of a page that nobody owns", () => kernel.freePages(8000, 0), "NOT-ALLOCATED", "it is free"],
    ["the free of a page inside a block", () => kernel.freePages(pfn + 1, 0), "NOT-ALLOCATED", `block at pfn ${pfn}`],
    ["the free of a piece of a block", () => kernel.freePages(pfn, 0), "WRONG-ORDER", "order 2, not 0"],
    ["a CPU that is not there", () => kernel.allocPages(GFP.KERNEL, 0, { cpu: 2 }), "UNKNOWN-CPU", "cpu 0 to 1"],
    ["an order that no list has", () => kernel.allocPages(GFP.KERNEL, 11, { cpu: 0 }), "BAD-ORDER", "0..10"],
    ["a flag of another kernel", () => kernel.allocPages(0x200, 0, { cpu: 0 }), "BAD-GFP", "0x200"],
    [
      "two migratetypes",
      () => kernel.allocPages(GFP.MOVABLE | GFP.RECLAIMABLE, 0, { cpu: 0 }),
      "BAD-GFP",
      "one migratetype",
    ],
    ["a page that is not there", () => kernel.owner(16_384), "UNKNOWN-PFN", "pfn 0 to 16383"],
    ["a map that no-asi has not", () => kernel.restrictedPresence(0, 1), "NO-RESTRICTED-MAP", "one map"],
    ["a range behind the end", () => kernel.directMapPresence(16_383, 2), "BAD-RANGE", "16384 pages"],
    ["a machine without memory", () => bootKernel({}), "BAD-MEMORY", "without memory"],
    ["a third node", () => bootKernel({ memoryMiB: 64, nodes: 3 }), "BAD-SCOPE", "nodes=3"],
    [
      "a design that is not there",
      () => bootKernel({ memoryMiB: 64, design: "asnyc-free" }),
      "UNKNOWN-DESIGN",
      "async-free",
    ],
  ])("%s", (_what, call, code, truth) => {
    expect(call).toThrow(InputError);
    expect(call).toThrow(truth);
    expect(codeOf(call)).toBe(code);
  });

  test("and leaves the kernel as it was", () => {
    kernel.freePages(pfn, 2);
    expect(kernel.violations()).toEqual([]);
  });
});

describe("a broken design", () => {
  test.each(canaries())("%s is found out by calls alone: %s", (id, claim, provoke) => {
    const kernel = bootKernel({ design: id, memoryMiB: 64, cpus: 2 });
    provoke(kernel);
    expect(kernel.violations().map((violation) => violation.claim)).toContain(claim);
  });

  test("halts its kernel when its structures mean nothing any more", () => {
    const kernel = bootKernel({ design: "canary-two-lists", memoryMiB: 64, cpus: 2 });
    const pfn = pageOf(kernel, GFP.KERNEL);
    kernel.freePages(pfn, 0);
    const call = () => kernel.allocPages(GFP.KERNEL, 0, { cpu: 0 });
    expect(codeOf(call)).toBe("KERNEL-STUCK");
    expect(call).toThrow(/has broken the structures at /);
    expect(kernel.violations().some((violation) => violation.claim === "S17")).toBe(true);
  });
});

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return error instanceof InputError ? error.code : String(error);
  }
  return "none";
}
