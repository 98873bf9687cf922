import type { Design } from "../model/design.ts";
import { GFP, gfpToString } from "../model/gfp.ts";
import type { Request } from "../model/request.ts";

/** Memory a kernel subsystem asks for itself: nonsensitive. */
const KERNEL_MEMORY = GFP.KERNEL;

/** User memory: sensitive, as in the series' denylist model, where GFP_USER carries the flag. */
const USER_MEMORY = GFP.HIGHUSER_MOVABLE | GFP.SENSITIVE;

/** The two kinds of request that a scenario's tasks choose from. */
export function scenarioRequests(design: Design): Request[] {
  return [KERNEL_MEMORY, USER_MEMORY].map((gfp) => requestOf(design, gfp));
}

/** A request of these flags under a design: whether it is a secret, and whether the design can protect it. */
export function requestOf(design: Design, gfp: number): Request {
  const protection = design.protects(gfp);
  const flags = design.hooks.requestFlags?.(gfp) ?? 0;
  const kind = { name: gfpToString(gfp), gfp, secret: protection === "yes", unprotected: protection === "cannot" };
  return flags === 0 ? kind : { ...kind, flags };
}
