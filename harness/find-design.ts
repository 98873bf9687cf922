import { DESIGNS } from "../impl/designs/registry.ts";
import type { Design } from "../model/design.ts";
import { InputError } from "../model/failure.ts";
import { didYouMean } from "./did-you-mean.ts";

/**
 * A design by its id.
 *
 * - **Errors**: `InputError` UNKNOWN-DESIGN.
 */
export function findDesign(id: string, known: readonly Design[] = DESIGNS): Design {
  const found = known.find((design) => design.id === id);
  if (found !== undefined) return found;
  const ids = known.map((design) => design.id);
  throw new InputError("UNKNOWN-DESIGN", `there is no design "${id}"${didYouMean(id, ids)}`, "asilab designs");
}
