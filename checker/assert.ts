/** The engine's own assertion: it imports nothing of the project, so that it can be judged alone. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) {
    throw new Error(`the engine relied on this, and it is false: ${claim}`);
  }
}
