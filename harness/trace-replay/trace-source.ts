import type { StartTexts } from "./fair-start.ts";

/** A recorded trace and what lies beside it, as the platform found it: bytes on demand, no paths to open. */
export interface TraceSource {
  /** What messages call it. */
  readonly file: string;
  /** Streams the trace from its beginning; called once, or twice when the start state has to be inferred. */
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly sideFiles: TraceSideFiles;
}

/** The files that tell what the trace's lines do not: the machine (NAME.meta.json) and what was free when it began. */
export interface TraceSideFiles {
  readonly meta?: { readonly file: string; readonly text: string };
  readonly freeBlocks?: { readonly file: string; readonly open: () => AsyncIterable<Uint8Array> };
  /** Texts of /proc when the trace began, where they were copied. */
  readonly before?: StartTexts;
}
