import type { Design } from "../../model/design.ts";
import { InputError } from "../../model/failure.ts";
import { GFP, gfpToString, type KernelVersion } from "../../model/gfp.ts";
import type { Request } from "../../model/request.ts";
import { requestOf } from "../requests.ts";
import type { TraceEvent } from "../trace/event.ts";
import { isSensitiveAlloc } from "../trace/stat.ts";

/** What synthetic calls ask for: an interrupt's page, and a user's page of the same migratetype (a pipe buffer). */
export const INTERRUPT_PAGE = 0;
export const USER_PAGE = 1;
const SYNTHETIC_REQUESTS = [GFP.ATOMIC, GFP.HIGHUSER | GFP.SENSITIVE];

/** A real trace holds a few dozen flag words. */
const REQUESTS_MAX = 1024;

/**
 * The requests of a trace: one per distinct flag word, made when it is first met, so that the trace is not read twice for them.
 *
 * The policy decides what is sensitive (model/gfp.ts); the design decides what it protects.
 *
 * - **Errors**: `TRACE-FLAG-WORDS` when there are more than 1,022: no kernel does that.
 */
export class RequestTable {
  /** The world's request table; it grows, and entries never change. */
  readonly requests: Request[] = [];
  sensitive = 0;
  private readonly indexOf = new Map<number, number>();
  private lastKey = -1;
  private lastIndex = 0;

  constructor(
    private readonly design: Design,
    private readonly kernel: KernelVersion,
  ) {
    for (const gfp of SYNTHETIC_REQUESTS) this.requests.push(requestOf(design, gfp));
  }

  /** Distinct flag words met. */
  get words(): number {
    return this.requests.length - SYNTHETIC_REQUESTS.length;
  }

  of(event: Readonly<TraceEvent>): number {
    // Flag words that the kernel did not print are told apart by their migratetype.
    const key = event.gfpKnown === 1 ? event.gfp : -2 - event.migratetype;
    if (key === this.lastKey) return this.lastIndex;
    const index = this.indexOf.get(key) ?? this.learn(key, event);
    this.lastKey = key;
    this.lastIndex = index;
    return index;
  }

  private learn(key: number, event: Readonly<TraceEvent>): number {
    const index = this.requests.length;
    if (index >= REQUESTS_MAX) {
      throw new InputError(
        "TRACE-FLAG-WORDS",
        `line ${event.line}: the trace holds more than ${REQUESTS_MAX} different gfp_flags words; no kernel asks so variously`,
      );
    }
    const sensitive = isSensitiveAlloc(event);
    const recorded = event.gfpKnown === 1 ? event.gfp : flagsOfType(event.migratetype);
    const gfp = (recorded & ~(GFP.SENSITIVE | GFP.UNMAPPED)) | (sensitive ? GFP.SENSITIVE : 0);
    this.requests.push({ ...requestOf(this.design, gfp), name: gfpToString(gfp, this.kernel) });
    this.indexOf.set(key, index);
    if (sensitive) this.sensitive++;
    return index;
  }
}

function flagsOfType(migratetype: number): number {
  if (migratetype === 1) return GFP.MOVABLE;
  return migratetype === 2 ? GFP.RECLAIMABLE : 0;
}
