import type { Design } from "../../model/design.ts";
import { InputError } from "../../model/failure.ts";
import { GFP, GFP_V6_1, GFP_V6_12, gfpToString, type KernelVersion } from "../../model/gfp.ts";
import type { Request } from "../../model/request.ts";
import { requestOf } from "../requests.ts";

/**
 * The flag words asked for so far: a world's request table, which grows; frames hold an index into it.
 *
 * - **Errors**: `InputError` BAD-GFP for a word that no kernel of that version has, TOO-MANY-GFP when the world's frames cannot
 *   hold the index of one more.
 */
export class GfpTable {
  readonly requests: Request[] = [];
  /** The largest index that a frame of the world can hold. */
  limit = Number.POSITIVE_INFINITY;
  private readonly indexOf = new Map<number, number>();

  constructor(
    private readonly design: Design,
    private readonly version: KernelVersion,
  ) {
    // A world has at least one request; a free names none and carries the first.
    this.of(GFP.KERNEL);
  }

  of(gfp: number): number {
    return this.indexOf.get(gfp) ?? this.learn(gfp);
  }

  private learn(gfp: number): number {
    this.check(gfp);
    const index = this.requests.length;
    if (index > this.limit) {
      throw new InputError("TOO-MANY-GFP", `this world has room for ${this.limit + 1} different flag words`);
    }
    this.requests.push({ ...requestOf(this.design, gfp), name: gfpToString(gfp, this.version) });
    this.indexOf.set(gfp, index);
    return index;
  }

  private check(gfp: number): void {
    const unknown = Number.isInteger(gfp) ? gfp & ~knownFlags(this.version) : gfp;
    if (unknown !== 0) {
      const what = Number.isInteger(gfp) ? `0x${(unknown >>> 0).toString(16)}` : String(gfp);
      throw new InputError(
        "BAD-GFP",
        `gfp ${what} is no flag of kernel ${this.version}`,
        "combine values of GFP with |",
      );
    }
    if ((gfp & GFP.MOVABLE) !== 0 && (gfp & GFP.RECLAIMABLE) !== 0) {
      throw new InputError(
        "BAD-GFP",
        "__GFP_MOVABLE and __GFP_RECLAIMABLE exclude each other: a page has one migratetype",
      );
    }
    if ((gfp & GFP.DMA) !== 0 && (gfp & GFP.DMA32) !== 0) {
      throw new InputError("BAD-GFP", "__GFP_DMA and __GFP_DMA32 exclude each other: a request has one highest zone");
    }
  }
}

function knownFlags(version: KernelVersion): number {
  const table: Readonly<Record<string, number>> = version === "6.1" ? GFP_V6_1 : GFP_V6_12;
  return Object.values(table).reduce((all, flag) => all | flag, 0);
}
