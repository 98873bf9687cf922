import { expect, test } from "vitest";
import { type BootedKernel, bootKernel } from "../../harness/boot-kernel.ts";
import { GFP } from "../../model/gfp.ts";

const GIB = 1024;

test.each([
  ["no-asi", 27],
  ["async-free", 40],
])("64 GiB under %s take at most %i bytes of state a page, of the 64 that we allow", (design, bytesMax) => {
  const { state, world } = bootKernel({ design, memoryMiB: 64 * GIB }).machine;
  expect(world.pages).toBe(2 ** 24);
  expect(state.layout.bytes / world.pages).toBeLessThanOrEqual(bytesMax);
});

test("a page from a per-CPU list costs no more accesses to state in 64 GiB than in 8 MiB, and so does its free", () => {
  const small = accessesOfHit(8);
  const large = accessesOfHit(64 * GIB);
  expect(large.alloc).toBeLessThanOrEqual(small.alloc);
  expect(large.free).toBeLessThanOrEqual(small.free);
  expect(small.alloc + small.free).toBeLessThan(600);
});

/** Column reads and writes of an allocation that the per-CPU list serves, and of the free that puts the page back on it. */
function accessesOfHit(memoryMiB: number): { readonly alloc: number; readonly free: number } {
  let count = 0;
  const recorder = {
    read: () => {
      count++;
    },
    write: () => {
      count++;
    },
  };
  const kernel = bootKernel({ memoryMiB, claims: "none" }, { recorder });
  const site = { cpu: 0 };
  const refilled = pfnOf(kernel.allocPages(GFP.KERNEL, 0, site));
  kernel.freePages(refilled, 0, site);
  count = 0;
  const pfn = pfnOf(kernel.allocPages(GFP.KERNEL, 0, site));
  const alloc = count;
  count = 0;
  kernel.freePages(pfn, 0, site);
  expect(pfn).toBe(refilled);
  return { alloc, free: count };
}

function pfnOf(answer: ReturnType<BootedKernel["allocPages"]>): number {
  if (!answer.ok) throw new Error(`refused: ${answer.reason}`);
  return answer.pfn;
}
