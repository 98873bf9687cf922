/**
 * One kind of request that a world's workload can make; frames hold its index, so that a 32-bit gfp costs one byte of state.
 *
 * - **Units**: `order` is log2 of pages. `secret` says that the owner writes a secret into it when the call returns, and
 *   that the design under trial promises to protect it; `unprotected` that the owner would, but the design cannot.
 */
export interface Request {
  readonly name: string;
  readonly gfp: number;
  readonly secret: boolean;
  readonly unprotected: boolean;
  /** The design's bits of the freetype that serves it; 0 when absent. */
  readonly flags?: number;
}
