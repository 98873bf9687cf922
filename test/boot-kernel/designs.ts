import type { BootedKernel } from "../../harness/boot-kernel.ts";
import { GFP } from "../../model/gfp.ts";

/** Canaries that a few calls find out, with the claim that fails first and the calls. */
export function canaries(): (readonly [id: string, claim: string, provoke: (kernel: BootedKernel) => void])[] {
  return [
    ["canary-no-zero", "S13", secretThenOpen],
    ["canary-keeps-mapped", "S2", openThenSecret],
    ["canary-forget-one-cpu", "S8", openThenSecret],
    ["canary-flush-under-lock", "S23", openThenSecret],
    ["canary-free-before-flush", "S8", openThenSecret],
  ];
}

function openThenSecret(kernel: BootedKernel): void {
  reuse(kernel, GFP.KERNEL, GFP.KERNEL | GFP.SENSITIVE);
}

function secretThenOpen(kernel: BootedKernel): void {
  reuse(kernel, GFP.KERNEL | GFP.SENSITIVE, GFP.KERNEL);
}

/** The same page for one kind of request, then for the other. */
function reuse(kernel: BootedKernel, first: number, second: number): void {
  for (const gfp of [first, second]) {
    const held = Array.from({ length: 64 }, () => kernel.allocPages(gfp, 0, { cpu: 1 }));
    for (const page of held) if (page.ok) kernel.freePages(page.pfn, 0, { cpu: 1 });
  }
}
