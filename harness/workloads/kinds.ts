import { GFP } from "../../model/gfp.ts";

/**
 * The two kinds of request that the corner workloads set against each other: kernel memory that differs in nothing but its
 * sensitivity. A design that does not know the difference sees the same load twice.
 */
export const SENSITIVE = GFP.KERNEL | GFP.SENSITIVE;
export const NONSENSITIVE = GFP.KERNEL;

export function oppositeOf(kind: number): number {
  return kind === SENSITIVE ? NONSENSITIVE : SENSITIVE;
}
