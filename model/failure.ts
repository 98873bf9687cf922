/**
 * The two kinds of failure, kept apart.
 *
 * A bug of ours is an assertion: thrown, never caught below the edge, exit code 255. Something a user or a file got wrong
 * is an `InputError`: a stable code, what was asked, what is true instead, what to type next; exit code 2.
 */
export class InputError extends Error {
  override readonly name = "InputError";
  /** Stable, upper case with dashes, for example `UNKNOWN-DESIGN`. */
  readonly code: string;
  /** What to type next, when there is something to type. */
  readonly hint: string | undefined;

  constructor(code: string, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/** A broken claim about our own code. `claim` is the sentence that should have been true. */
export class InternalError extends Error {
  override readonly name = "InternalError";
}

export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new InternalError(claim);
}

/** Marks the end of an exhaustive switch; the argument's type is `never` when every case is handled. */
export function unreachable(value: never): never {
  throw new InternalError(`a case was forgotten: ${String(value)}`);
}
