import type { Chooser } from "./driver.ts";

/**
 * A seeded stream of choices: xorshift32, whose period is 2^32 - 1.
 *
 * - **Shapes, units**: answers 0 to `arity` - 1.
 */
export function seededChooser(seed: number): Chooser {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1;
  return (arity) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % arity;
  };
}
